package main_test

import (
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	bench "todokit/deployments/bench"
)

// TestMain is the bare handler's process as well, which the benchmark starts by
// calling itself.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "bare" {
		fmt.Fprintln(os.Stderr, bench.Run(os.Args[1:]))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// The comparison is worth something only if all sides do the same. These are the
// real processes and the real handler, over data as they are measured.
func TestSides_SameRequests_SameResponses(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("the benchmark runs on Linux")
	}
	bin := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-o", bin, "./user/cmd/usersvc", "./task/cmd/tasksvc", "./gateway/cmd/gatewaysvc", "./deployments/standalone")
	build.Dir = filepath.Join("..", "..")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	t.Run("SQLite", func(t *testing.T) {
		if err := bench.WithSides(t.Context(), bin, "SQLite"); err != nil {
			t.Error(err)
		}
	})
	t.Run("MariaDB", func(t *testing.T) {
		if !bench.HasMariaDB() {
			if os.Getenv("TODOKIT_TEST_REQUIRE") != "" {
				t.Fatal("there is no MariaDB of .ci/with-mariadb")
			}
			t.Skip("there is no MariaDB of .ci/with-mariadb")
		}
		if err := bench.WithSides(t.Context(), bin, "MariaDB"); err != nil {
			t.Error(err)
		}
	})
}

func TestSameResponse(t *testing.T) {
	t.Parallel()
	const task = `{"id":"1","title":"a","due":null,"labels":["x"],"update_time":"2026-11-22T13:54:24Z"}`
	for name, c := range map[string]struct {
		method, other string
		same          bool
	}{
		"equal":                         {"GET", task, true},
		"GET, another update time":      {"GET", `{"id":"1","title":"a","due":null,"labels":["x"],"update_time":"2026-11-22T13:54:25Z"}`, false},
		"PATCH, another update time":    {"PATCH", `{"id":"1","title":"a","due":null,"labels":["x"],"update_time":"2026-11-22T13:54:25Z"}`, true},
		"POST, another id":              {"POST", `{"id":"2","title":"a","due":null,"labels":["x"],"update_time":"2026-11-22T13:54:25Z"}`, true},
		"POST, another title":           {"POST", `{"id":"2","title":"b","due":null,"labels":["x"],"update_time":"2026-11-22T13:54:25Z"}`, false},
		"POST, an id of another type":   {"POST", `{"id":2,"title":"a","due":null,"labels":["x"],"update_time":"2026-11-22T13:54:25Z"}`, false},
		"a member is missing":           {"GET", `{"id":"1","title":"a","labels":["x"],"update_time":"2026-11-22T13:54:24Z"}`, false},
		"labels are missing":            {"GET", `{"id":"1","title":"a","due":null,"labels":[],"update_time":"2026-11-22T13:54:24Z"}`, false},
		"labels are null":               {"GET", `{"id":"1","title":"a","due":null,"labels":null,"update_time":"2026-11-22T13:54:24Z"}`, false},
		"an array in place of a object": {"GET", `[]`, false},
	} {
		if err := bench.SameResponse(c.method, task, c.other); (err == nil) != c.same {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A round in which the machine was busy with something else must not decide,
// and the sides of one round belong together.
func TestResult_Ratio_MedianOfRounds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rounds [][3]int64
		want   float64
	}{
		{[][3]int64{{100, 200, 1}}, 0.5},
		{[][3]int64{{100, 200, 1}, {50, 200, 1}, {10, 20, 1}}, 0.5},
		{[][3]int64{{100, 200, 1}, {200, 200, 1}}, 0.75},
	} {
		if got := bench.Rates(c.rounds...).Ratio("todokit", "bare", "requests/s"); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%v: got %v, want %v", c.rounds, got, c.want)
		}
	}
}

func TestResult_Median(t *testing.T) {
	t.Parallel()
	r := bench.Rates([3]int64{9, 0, 0}, [3]int64{1, 0, 0}, [3]int64{2, 0, 0})
	for figure, want := range map[string]float64{"requests/s": 2, "p50 ms": 1, "p99 ms": 2, "services µs": 30, "CPU µs": 130} {
		if got := r.Median("todokit", figure); got != want {
			t.Errorf("%s: got %v, want %v", figure, got, want)
		}
	}
}

func TestReport_OldCommitAndMechanisms(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "RESULTS.md")
	if err := bench.WriteReport(file, bench.Rates([3]int64{900, 1000, 1200})); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| mix | none | 900 | 1000 | **0.90** | 1.0 | 1.00, 2.00 | 1.00, 2.00 | 0 |\n",
		"| mix | none | 900 | 1200 | **0.75** | 30 | 30 | **1.00** | 1.00, 2.00 | 1.00, 2.00 |\n",
		"| call batching | gateway `--batch.calls=false` | mix | 900 | 1000 | **0.90** | 30 | 30 | **1.00** | 1.00, 2.00 | 1.00, 2.00 | 0 |\n",
		"| 1 | old | 1200 | 1.00 | 2.00 | 0 | gateway 10, task 20, mariadb 100 | 0 | gateway 40, task 50, mariadb 300 |\n",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no line %q in:\n%s", want, text)
		}
	}
}

// While the server holds its first answer back, the steady load must go on: it
// is no steady load that waits.
func TestSendSteadily_SlowResponse_DoesNotWait(t *testing.T) {
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
	requests, failed, median := bench.SendSteadily(t.Context(), server.URL, 200, all*5*time.Millisecond)
	if requests != all || failed != 0 {
		t.Errorf("%d requests, %d failed; want %d", requests, failed, all)
	}
	if median < 40*time.Millisecond {
		t.Errorf("the median is %v, though half of them had to wait for 50 ms", median)
	}
}

func TestSendSteadily_Errors_AreCounted(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	if requests, failed, _ := bench.SendSteadily(t.Context(), server.URL, 1000, 10*time.Millisecond); requests != 10 || failed != 10 {
		t.Errorf("%d requests, %d failed; want 10 and 10", requests, failed)
	}
}
