package middleware_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/go-kit/kit/endpoint"
	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"todokit/pkg/errs"
	"todokit/pkg/middleware"
	"todokit/pkg/rpc"
)

func returns(err error) endpoint.Endpoint {
	return func(context.Context, any) (any, error) { return "answer", err }
}

func TestChain_TwoFactories_FirstIsOutermost(t *testing.T) {
	t.Parallel()
	var order []string
	mark := func(name string) middleware.Factory {
		return func(method string) endpoint.Middleware {
			return func(next endpoint.Endpoint) endpoint.Endpoint {
				return func(ctx context.Context, request any) (any, error) {
					order = append(order, name+" "+method)
					return next(ctx, request)
				}
			}
		}
	}
	_, _ = middleware.Chain(mark("first"), mark("second"))("Get")(returns(nil))(t.Context(), nil)
	if got := strings.Join(order, ", "); got != "first Get, second Get" {
		t.Errorf("called %s", got)
	}
	if answer, err := middleware.Chain()("Get")(returns(nil))(t.Context(), nil); answer != "answer" || err != nil {
		t.Errorf("an empty chain returns %v, %v", answer, err)
	}
}

func TestTimeout_SlowCall_DeadlineExceeded(t *testing.T) {
	t.Parallel()
	waits := func(ctx context.Context, _ any) (any, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	_, err := middleware.Timeout(time.Millisecond)("Get")(waits)(t.Context(), nil)
	if errs.KindOf(err) != errs.DeadlineExceeded {
		t.Errorf("got %v", err)
	}
	unlimited := func(ctx context.Context, _ any) (any, error) {
		_, limited := ctx.Deadline()
		return limited, nil
	}
	if limited, _ := middleware.Timeout(0)("Get")(unlimited)(t.Context(), nil); limited != false {
		t.Error("0 is a limit")
	}
}

func TestRecover_Panic_InternalErrorWithTheStack(t *testing.T) {
	t.Parallel()
	panics := func(context.Context, any) (any, error) { panic("on purpose") }
	answer, err := middleware.Recover("GetTask")(panics)(t.Context(), nil)
	if answer != nil || !errors.Is(err, errs.ErrInternal) {
		t.Fatalf("got %v, %v", answer, err)
	}
	for _, want := range []string{"GetTask", "on purpose", "middleware_test.go"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the cause does not contain %q: %v", want, err)
		}
	}
}

func TestLog_ErrorKinds_Severity(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		want []string
	}{
		{nil, []string{"level=debug", "code=OK"}},
		{errs.ErrForbidden, []string{"level=debug", "code=PERMISSION_DENIED"}},
		{errs.ErrUnavailable, []string{"level=warn", "code=UNAVAILABLE"}},
		{errors.New("disk on fire"), []string{"level=error", "code=INTERNAL", "disk on fire"}},
	} {
		var out bytes.Buffer
		logger := level.NewFilter(log.NewLogfmtLogger(&out), level.AllowAll())
		ctx := rpc.WithRequestID(t.Context(), "r-1")
		_, _ = middleware.Log(logger)("GetTask")(returns(c.err))(ctx, "the request")
		for _, want := range append(c.want, "method=GetTask", "request_id=r-1", "took=") {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%v: no %s in %s", c.err, want, &out)
			}
		}
		if strings.Contains(out.String(), "the request") || strings.Contains(out.String(), "answer") {
			t.Errorf("logs what the user wrote: %s", &out)
		}
	}
}

func TestMetrics_Calls_CountedByCode(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewPedanticRegistry()
	for _, service := range []string{"task", "user", "task"} { // one twice: its counters go on
		mw := middleware.Metrics(reg, middleware.Server, service)
		for _, err := range []error{nil, nil, errs.ErrForbidden, errors.New("unknown")} {
			_, _ = mw("Get")(returns(err))(t.Context(), nil)
		}
	}
	want := `
# HELP todokit_endpoint_calls_total Calls of endpoints, by method and error code (OK: none).
# TYPE todokit_endpoint_calls_total counter
todokit_endpoint_calls_total{code="INTERNAL",method="Get",service="task",side="server"} 2
todokit_endpoint_calls_total{code="INTERNAL",method="Get",service="user",side="server"} 1
todokit_endpoint_calls_total{code="OK",method="Get",service="task",side="server"} 4
todokit_endpoint_calls_total{code="OK",method="Get",service="user",side="server"} 2
todokit_endpoint_calls_total{code="PERMISSION_DENIED",method="Get",service="task",side="server"} 2
todokit_endpoint_calls_total{code="PERMISSION_DENIED",method="Get",service="user",side="server"} 1
`
	if err := testutil.GatherAndCompare(reg, strings.NewReader(want), "todokit_endpoint_calls_total"); err != nil {
		t.Error(err)
	}
	if n, err := testutil.GatherAndCount(reg, "todokit_endpoint_call_duration_seconds"); err != nil || n != 2 {
		t.Errorf("%d histograms (%v), want 2", n, err)
	}
	if problems, err := testutil.GatherAndLint(reg); err != nil || len(problems) > 0 {
		t.Error(problems, err)
	}
}
