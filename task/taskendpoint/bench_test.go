package taskendpoint_test

import (
	"context"
	"io"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/oklog/ulid/v2"
	"github.com/prometheus/client_golang/prometheus"

	"todokit/pkg/middleware"
	"todokit/task"
	"todokit/task/taskendpoint"
)

// ready is a service that has its answer at once.
type ready struct {
	task.Service
	task task.Task
}

func (r ready) GetTask(context.Context, task.Ref) (task.Task, error) { return r.task, nil }

// BenchmarkSet is what the middlewares of each side, and go-kit, add to a call.
func BenchmarkSet(b *testing.B) {
	logger := level.NewFilter(log.NewLogfmtLogger(log.NewSyncWriter(io.Discard)), level.AllowInfo())
	logger = log.With(logger, "ts", log.DefaultTimestampUTC)
	metrics := middleware.Metrics(prometheus.NewRegistry(), middleware.Client, "task")
	for name, mw := range map[string]middleware.Factory{
		"plain":   plain,
		"server":  middleware.Log(logger),
		"gateway": middleware.Chain(metrics, middleware.Timeout(2*time.Second)),
	} {
		set := taskendpoint.New(ready{task: task.Task{ID: ulid.Make(), Title: "Mow"}}, mw)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := set.GetTask(b.Context(), task.Ref{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
