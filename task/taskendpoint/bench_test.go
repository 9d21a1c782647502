package taskendpoint_test

import (
	"io"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"

	"todokit/pkg/middleware"
	"todokit/task"
	"todokit/task/taskendpoint"
	"todokit/task/tasktest"
)

// BenchmarkSet_GetTask is what the middlewares of each side, and go-kit, add to a call.
func BenchmarkSet_GetTask(b *testing.B) {
	logger := level.NewFilter(log.NewLogfmtLogger(log.NewSyncWriter(io.Discard)), level.AllowInfo())
	logger = log.With(logger, "ts", log.DefaultTimestampUTC)
	metrics := middleware.Metrics(prometheus.NewRegistry(), middleware.Client, "task")
	for name, mw := range map[string]middleware.Factory{
		"plain":   plain,
		"server":  middleware.Log(logger),
		"gateway": middleware.Chain(metrics, middleware.Timeout(2*time.Second)),
	} {
		set := taskendpoint.New(tasktest.NewReady(time.Now()), mw)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := set.GetTask(b.Context(), task.GetTask{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
