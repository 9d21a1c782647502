package database

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/uptrace/bun"

	"todokit/pkg/collector"
	"todokit/pkg/errs"
)

// metrics observes every operation by its kind and table, never by its text,
// which contains what users wrote. It is a bun.QueryHook.
type metrics struct {
	durations *prometheus.HistogramVec
	errors    *prometheus.CounterVec

	registerer prometheus.Registerer
	pools      []prometheus.Collector
}

// The operations that have a name of their own among the labels.
var operations = map[string]string{
	"SELECT": "select", "INSERT": "insert", "UPDATE": "update", "DELETE": "delete",
	"BEGIN": "begin", "COMMIT": "commit", "ROLLBACK": "rollback",
}

// newMetrics registers the metrics of one database; the label database tells
// several in one process apart. reg may be nil.
func newMetrics(reg prometheus.Registerer, name string, w, r *sql.DB) metrics {
	m := metrics{
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "todokit_sql_operation_duration_seconds",
			Help:    "How long SQL operations took, by operation and table.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5},
		}, []string{"operation", "table"}),
		errors: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "todokit_sql_operation_errors_total",
			Help: "SQL operations that failed, by operation, table and what went wrong.",
		}, []string{"operation", "table", "code"}),
		pools: poolCollectors(name, w, r),
	}
	if reg == nil {
		return m
	}
	m.registerer = reg
	labelled := prometheus.WrapRegistererWith(prometheus.Labels{"database": name}, reg)
	m.durations = collector.Register(labelled, m.durations)
	m.errors = collector.Register(labelled, m.errors)
	for i, c := range m.pools {
		m.pools[i] = collector.Register(reg, c)
	}
	return m
}

func poolCollectors(name string, w, r *sql.DB) []prometheus.Collector {
	if r == w {
		return []prometheus.Collector{collectors.NewDBStatsCollector(w, name)}
	}
	return []prometheus.Collector{
		collectors.NewDBStatsCollector(w, name+"/write"),
		collectors.NewDBStatsCollector(r, name+"/read"),
	}
}

// unregister removes the collectors that would keep the closed pools in memory.
func (m metrics) unregister() {
	if m.registerer == nil {
		return
	}
	for _, c := range m.pools {
		m.registerer.Unregister(c)
	}
}

func (m metrics) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }

// AfterQuery observes one operation.
func (m metrics) AfterQuery(_ context.Context, event *bun.QueryEvent) {
	op, table := describe(event)
	m.durations.WithLabelValues(op, table).Observe(time.Since(event.StartTime).Seconds())
	if event.Err != nil && !errors.Is(event.Err, sql.ErrNoRows) {
		m.errors.WithLabelValues(op, table, code(event.Err)).Inc()
	}
}

// describe names the operation and the table; only a query made by the query
// builder tells its table.
func describe(event *bun.QueryEvent) (op, table string) {
	op = event.Operation()
	if _, raw := event.IQuery.(*bun.RawQuery); raw {
		op, _, _ = strings.Cut(strings.TrimSpace(event.Query), " ")
	} else if q, ok := event.IQuery.(interface{ GetTableName() string }); ok {
		table = q.GetTableName()
	}
	if name, ok := operations[strings.ToUpper(op)]; ok {
		return name, table
	}
	return "other", table
}

// code tells the expected failures from the others.
func code(err error) string {
	switch {
	case IsDuplicate(err):
		return "DUPLICATE"
	case IsForeignKey(err):
		return "FOREIGN_KEY"
	default:
		return errs.From(Convert(err)).Code
	}
}
