package gateway_test

import (
	"context"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/oklog/ulid/v2"

	"todokit/gateway"
	"todokit/pkg/errs"
	"todokit/task"
)

func TestWrite_UnderWay_NoCopyIsSent(t *testing.T) {
	t.Parallel()
	f := newCacheFixture(t)
	f.get(f.path)
	f.update = func() {
		if w := f.getInOutage(); w.Code != 503 {
			t.Errorf("%d: %s", w.Code, w.Body)
		}
	}
	f.rename()
}

// Whatever a write did, no copy of what was there before is sent.
func TestWrite_AnyOutcome_EarlierCopiesAreGone(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]func(*cacheFixture){
		"a write":          func(f *cacheFixture) { f.rename() },
		"of another thing": func(f *cacheFixture) { f.createTask(`{"title": "x"}`) },
		"a write that failed": func(f *cacheFixture) {
			f.err = errs.ErrUnavailable
			f.rename()
			f.err = nil
		},
		"an invalid write": func(f *cacheFixture) {
			f.do(f.t, req{method: "PATCH", path: f.path, body: `{"title": 7}`, token: f.mei})
		},
		"a read that a write overtook": func(f *cacheFixture) {
			f.createTask(`{"title": "x"}`) // so that the task is read again
			f.read = func(old task.Task) task.Task {
				f.rename()
				return old
			}
			f.get(f.path)
		},
		"a read in the midst of a write": func(f *cacheFixture) {
			f.update = func() { f.get(f.path) }
			f.rename()
		},
		"a read that began within a write and outlived it": readAcrossEndOfWrite,
	} {
		f := newCacheFixture(t)
		f.get(f.path)
		do(f)
		if w := f.getInOutage(); w.Code != 503 {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
		f.update = nil
		f.get(f.path)
		if w := f.getInOutage(); !isStale(w) {
			t.Errorf("%s, and a read after it: %d", name, w.Code)
		}
	}
}

func readAcrossEndOfWrite(f *cacheFixture) {
	begun, ended, read := make(chan struct{}), make(chan struct{}), make(chan struct{})
	f.update = func() {
		f.read = func(old task.Task) task.Task {
			close(begun)
			<-ended
			return old
		}
		go func() {
			defer close(read)
			serve(f, req{method: "GET", path: f.path, token: f.mei}.request())
		}()
		<-begun
	}
	f.rename()
	close(ended)
	<-read
}

func TestWrite_ResponseBegins_EarlierCopiesAreGone(t *testing.T) {
	t.Parallel()
	f := newCacheFixture(t)
	// In the midst of the write a read stores what was there before it.
	f.update = func() { f.get(f.path) }
	w := &headerHook{ResponseRecorder: httptest.NewRecorder(), onHeader: func() {
		f.err = errs.ErrUnavailable
		if w := f.get(f.path); w.Code != 503 {
			t.Errorf("whoever sees the response sees what was before: %d %s", w.Code, w.Body)
		}
	}}
	f.ServeHTTP(w, req{method: "PATCH", path: f.path, body: `{"title": "x"}`, token: f.mei}.request())
	if w.Code != 200 {
		t.Fatalf("%d: %s", w.Code, w.Body)
	}
}

// headerHook is a client that does something when a response begins to arrive.
type headerHook struct {
	*httptest.ResponseRecorder
	onHeader func()
}

func (h *headerHook) WriteHeader(status int) {
	h.ResponseRecorder.WriteHeader(status)
	h.onHeader()
}

// However reads, writes, outages and evictions meet, no response is older than
// the last write that was answered before it was asked for.
func TestRead_ReadsWritesOutagesEvictions_NeverOlderThanLastWrite(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	const people, rounds = 24, 60
	tokens := make([]string, people)
	for i := range tokens {
		tokens[i] = f.join(t, "user"+strconv.Itoa(i))
	}
	f.tasks = &versionedTasks{of: map[ulid.ULID]*atomic.Int64{}}
	f.startWith(gateway.Limits{StaleBytes: 16 << 10}) // not all of them have room
	path := "/api/v1/tasks/01KAP3C8N2P4Q6R8S0T2V4W6X8"
	var all sync.WaitGroup
	var stale atomic.Int64
	for _, accessToken := range tokens {
		var acknowledged atomic.Int64
		for n := range 3 {
			all.Go(func() {
				random := rand.New(rand.NewPCG(uint64(n), 1))
				for range rounds {
					if n == 0 && random.IntN(4) == 0 {
						w := serve(f, req{method: "PATCH", path: path, body: `{"title": "x"}`, token: accessToken}.request())
						acknowledged.Store(versionOf(w))
						continue
					}
					least := acknowledged.Load()
					r := req{method: "GET", path: path, token: accessToken}.request()
					if random.IntN(2) == 0 {
						r = r.WithContext(context.WithValue(r.Context(), outageKey{}, true))
					}
					w := serve(f, r)
					if isStale(w) {
						stale.Add(1)
					}
					if w.Code == http.StatusOK && versionOf(w) < least {
						t.Errorf("version %d was shown after %d was written", versionOf(w), least)
					}
				}
			})
		}
	}
	all.Wait()
	if stale.Load() == 0 {
		t.Error("no response was stale: nothing was tested")
	}
}

func versionOf(w *httptest.ResponseRecorder) int64 {
	version, _, _ := strings.Cut(strings.Trim(w.Header().Get("ETag"), `"`), "-")
	n, _ := strconv.ParseInt(version, 10, 64)
	return n
}

type outageKey struct{}

// versionedTasks is a task service with one task for each user, whose version
// is the user's revision. It is out of reach for the requests that say so.
type versionedTasks struct {
	task.Service
	mu sync.Mutex
	of map[ulid.ULID]*atomic.Int64
}

func (s *versionedTasks) version(owner ulid.ULID) *atomic.Int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of[owner] == nil {
		s.of[owner] = &atomic.Int64{}
		s.of[owner].Store(1)
	}
	return s.of[owner]
}

func (s *versionedTasks) GetTask(ctx context.Context, in task.GetTask) (task.Read[task.Task], error) {
	if ctx.Value(outageKey{}) != nil {
		return task.Read[task.Task]{}, errs.ErrUnavailable
	}
	version := s.version(in.Owner).Load()
	if in.Known == task.Revision(version) {
		return task.Read[task.Task]{NotModified: true, Revision: in.Known}, nil
	}
	return task.Read[task.Task]{Revision: task.Revision(version), Value: task.Task{Owner: in.Owner, ID: in.ID, Version: version}}, nil
}

func (s *versionedTasks) UpdateTask(_ context.Context, in task.UpdateTask) (task.Task, error) {
	return task.Task{Owner: in.Owner, ID: in.ID, Version: s.version(in.Owner).Add(1)}, nil
}
