package main_test

import (
	"math"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	bench "todokit/deployments/bench"
)

func TestMedian(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		all  []float64
		want float64
	}{
		{nil, 0},
		{[]float64{3}, 3},
		{[]float64{9, 1, 2}, 2},
		{[]float64{4, 1, 9, 2}, 3},
	} {
		if got := bench.Median(c.all); got != c.want {
			t.Errorf("%v: got %v, want %v", c.all, got, c.want)
		}
	}
}

// A round in which the machine was busy with something else must not decide,
// and the sides of one round belong together.
func TestRatioIsTheMedianOfTheRounds(t *testing.T) {
	t.Parallel()
	list := bench.Rounds([]int64{100, 50, 10}, []int64{200, 200, 20})
	if got := list.Ratio(); got != 0.5 {
		t.Errorf("got %v, want 0.5", got)
	}
	if got := bench.Rounds([]int64{90, 45, 1}, []int64{1, 1, 1}).Against(list); math.Abs(got-0.9) > 1e-9 {
		t.Errorf("against another: got %v, want 0.9", got)
	}
}

func TestPercentile(t *testing.T) {
	t.Parallel()
	var all []time.Duration
	for i := 100; i > 0; i-- {
		all = append(all, time.Duration(i))
	}
	for n, want := range map[int]time.Duration{50: 51, 99: 100, 100: 100} {
		if got := bench.Percentile(all, n); got != want {
			t.Errorf("p%d: got %d, want %d", n, got, want)
		}
	}
	if got := bench.Percentile(nil, 99); got != 0 {
		t.Errorf("of nothing: got %v", got)
	}
}

// While the server holds its first answer back, the steady load must go on: it
// is no steady load that waits.
func TestSteadyLoadDoesNotWait(t *testing.T) {
	t.Parallel()
	const all = 20
	var seen atomic.Int64
	others := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if seen.Add(1) == all {
			close(others)
		}
		select {
		case <-others:
		case <-r.Context().Done():
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	defer server.Close()
	answered, failed, median := bench.Pace(t.Context(), server.URL, 5*time.Millisecond, all*5*time.Millisecond)
	if answered != all || failed != 0 {
		t.Errorf("%d were answered, %d failed; want %d", answered, failed, all)
	}
	if median < 40*time.Millisecond {
		t.Errorf("the median is %v, though half of them had to wait for 50 ms", median)
	}
}

func TestAnswersAreCompared(t *testing.T) {
	t.Parallel()
	const task = `{"id":"1","title":"a","due":null,"labels":["x"],"update_time":"2026-11-22T13:54:24Z"}`
	for name, c := range map[string]struct {
		method, other string
		same          bool
	}{
		"same":          {"GET", task, true},
		"another time":  {"GET", `{"id":"1","title":"a","due":null,"labels":["x"],"update_time":"2026-11-22T13:54:25Z"}`, false},
		"changed later": {"PATCH", `{"id":"1","title":"a","due":null,"labels":["x"],"update_time":"2026-11-22T13:54:25Z"}`, true},
		"created later": {"POST", `{"id":"2","title":"a","due":null,"labels":["x"],"update_time":"2026-11-22T13:54:25Z"}`, true},
		"another title": {"POST", `{"id":"2","title":"b","due":null,"labels":["x"],"update_time":"2026-11-22T13:54:25Z"}`, false},
		"id of a kind":  {"POST", `{"id":2,"title":"a","due":null,"labels":["x"],"update_time":"2026-11-22T13:54:25Z"}`, false},
		"less":          {"GET", `{"id":"1","title":"a","labels":["x"],"update_time":"2026-11-22T13:54:24Z"}`, false},
		"fewer labels":  {"GET", `{"id":"1","title":"a","due":null,"labels":[],"update_time":"2026-11-22T13:54:24Z"}`, false},
		"no labels":     {"GET", `{"id":"1","title":"a","due":null,"labels":null,"update_time":"2026-11-22T13:54:24Z"}`, false},
		"no object":     {"GET", `[]`, false},
	} {
		if err := bench.SameAnswer(c.method, task, c.other); (err == nil) != c.same {
			t.Errorf("%s: %v", name, err)
		}
	}
}
