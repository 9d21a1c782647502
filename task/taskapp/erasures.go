package taskapp

import (
	"context"
	"fmt"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/oklog/ulid/v2"
	"github.com/prometheus/client_golang/prometheus"

	"todokit/pkg/collector"
	"todokit/pkg/config"
	"todokit/pkg/process"
	"todokit/task"
	"todokit/user/usertransport"
)

// longestErasureWait bounds how long what deleted accounts have left is kept.
const longestErasureWait = 90 * 24 * time.Hour

// ErasureConfig says when what deleted accounts have left is erased.
type ErasureConfig struct {
	Wait time.Duration `config:"wait" usage:"how long what a deleted account has left is kept, out of everybody's reach, before it is erased: the time to notice, and to stop, a deletion that nobody asked for"`
}

// Validate names the keys that are wrong.
func (c ErasureConfig) Validate() error {
	if c.Wait < 0 || c.Wait > longestErasureWait {
		return config.Invalid("wait", "must be from 0s to %v", longestErasureWait)
	}
	return nil
}

// newErasures returns the erasures, with their metrics and log lines.
func newErasures(env process.Env, cfg ErasureConfig, store task.Store, deletions *usertransport.Deletions) *task.Erasures {
	pending := collector.Register(env.Registry, prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "todokit_erasures_pending",
		Help: "Deleted accounts that wait for the erasure of what they have left.",
	}))
	outcomes := collector.Register(env.Registry, prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "todokit_erasures_total",
		Help: "Erasures by outcome: pending (begins to wait), done, postponed (the account has written since) or dropped (the user service does not confirm it).",
	}, []string{"outcome"}))
	for _, o := range []task.ErasureOutcome{task.ErasurePending, task.ErasureDone, task.ErasurePostponed, task.ErasureDropped} {
		outcomes.WithLabelValues(string(o)) // at zero, so that the first one is seen as an increase
	}
	logger := log.With(env.Logger, "component", "erasure")
	return task.NewErasures(task.ErasuresOptions{
		Store: store, Log: deletionLog{deletions}, Wait: cfg.Wait,
		Report: func(o task.ErasureOutcome, e task.Erasure) {
			outcomes.WithLabelValues(string(o)).Inc()
			logErasure(logger, o, e)
		},
		Pending: func(n int) { pending.Set(float64(n)) },
	})
}

// logErasure writes a line which also says how to find the row.
func logErasure(logger log.Logger, o task.ErasureOutcome, e task.Erasure) {
	about := []any{"user_id", e.Owner, "where", fmt.Sprintf("user_id = x'%x'", e.Owner[:])}
	switch o {
	case task.ErasurePending:
		_ = level.Warn(logger).Log(append(about, "msg", "an account was deleted; what it has left will be erased", "due", e.Due.Format(time.RFC3339))...)
	case task.ErasureDone:
		_ = level.Info(logger).Log(append(about, "msg", "what a deleted account had left is erased")...)
	case task.ErasurePostponed:
		_ = level.Error(logger).Log(append(about, "msg", "an account that is said to be deleted is alive: it has written since; nothing is erased before", "due", e.Due.Format(time.RFC3339))...)
	case task.ErasureDropped:
		_ = level.Error(logger).Log(append(about, "msg", "an account that was said to be deleted is not, says the user service; nothing is erased")...)
	}
}

// deletionLog is the task service's view of the user service.
type deletionLog struct{ users *usertransport.Deletions }

func (l deletionLog) Deletions(ctx context.Context, after uint64) ([]task.Deletion, error) {
	page, err := l.users.After(ctx, after)
	deletions := make([]task.Deletion, len(page))
	for i, d := range page {
		deletions[i] = task.Deletion{Owner: d.UserID, Sequence: d.Sequence}
	}
	return deletions, err
}

func (l deletionLog) Confirmed(ctx context.Context, owner ulid.ULID) (bool, error) {
	return l.users.Confirmed(ctx, owner)
}
