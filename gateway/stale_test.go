package gateway_test

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/gateway"
	"todokit/pkg/errs"
	"todokit/pkg/rest"
	"todokit/pkg/token"
	"todokit/task"
	"todokit/user"
)

// frail is a task service that can fail, and that lets a test do something in
// the midst of a call.
type frail struct {
	task.Service
	err    error                     // of every call
	rows   atomic.Int64              // how often tasks were read
	get    func(task.Task) task.Task // after a task was read, before it is answered
	update func()                    // before a task is changed
}

func (f *frail) GetTask(ctx context.Context, ref task.Ref) (task.Task, error) {
	if f.err != nil {
		return task.Task{}, f.err
	}
	f.rows.Add(1)
	t, err := f.Service.GetTask(ctx, ref)
	if do := f.get; do != nil {
		f.get = nil
		t = do(t)
	}
	return t, err
}

func (f *frail) Peek(ctx context.Context, p task.Peek) (task.Peeked, error) {
	if f.err != nil {
		return task.Peeked{}, f.err
	}
	found, err := f.Service.Peek(ctx, p)
	if found.Task != nil {
		f.rows.Add(1)
	}
	if do := f.get; do != nil && found.Task != nil {
		f.get = nil
		*found.Task = do(*found.Task)
	}
	return found, err
}

func (f *frail) ListTasks(ctx context.Context, q task.Query) (task.Page, error) {
	if f.err != nil {
		return task.Page{}, f.err
	}
	f.rows.Add(1)
	return f.Service.ListTasks(ctx, q)
}

func (f *frail) UpdateTask(ctx context.Context, in task.UpdateTask) (task.Task, error) {
	if f.err != nil {
		return task.Task{}, f.err
	}
	if do := f.update; do != nil {
		do()
	}
	return f.Service.UpdateTask(ctx, in)
}

// outage is a user with a task, and a gateway that remembers.
type outage struct {
	*world
	*frail
	t    *testing.T
	mei  string // an access token
	path string // of the task
}

func newOutage(t *testing.T, bytes int64) *outage {
	t.Helper()
	o := &outage{world: newWorld(t), t: t}
	o.frail = &frail{Service: o.tasks}
	o.tasks = o.frail
	o.limit(gateway.Limits{StaleBytes: bytes})
	o.mei = o.join(t, "mei")
	o.path = o.create(`{"title": "Water the tomatoes"}`)
	return o
}

func (o *outage) create(body string) (path string) {
	o.t.Helper()
	id := o.want(o.t, 201, ask{method: "POST", path: "/api/v1/tasks", body: body, token: o.mei})["id"].(string)
	return "/api/v1/tasks/" + id
}

func (o *outage) get(path string, header ...string) *httptest.ResponseRecorder {
	o.t.Helper()
	a := ask{method: "GET", path: path, token: o.mei, header: map[string]string{}}
	for _, h := range header {
		name, value, _ := strings.Cut(h, ": ")
		a.header[name] = value
	}
	return o.do(o.t, a)
}

func (o *outage) rename() int {
	o.t.Helper()
	return o.do(o.t, ask{method: "PATCH", path: o.path, body: `{"title": "Water the tomatoes well"}`, token: o.mei}).Code
}

// lost says that the task service is out of reach, and gets the task.
func (o *outage) lost() *httptest.ResponseRecorder {
	o.t.Helper()
	o.err = errs.ErrUnavailable
	defer func() { o.err = nil }()
	return o.get(o.path)
}

func isStale(w *httptest.ResponseRecorder) bool {
	return w.Code == 200 && w.Header().Get("Age") != "" && strings.HasPrefix(w.Header().Get("Cache-Status"), "todokit; hit")
}

const plenty = 1 << 20

// decode reads the body of an answer.
func decode[T any](t *testing.T, w *httptest.ResponseRecorder) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	return v
}

func TestALostServiceShowsWhatWasSeenLast(t *testing.T) {
	t.Parallel()
	o := newOutage(t, plenty)
	fresh := o.get(o.path)
	if fresh.Header().Get("Age") != "" || fresh.Header().Get("Cache-Status") != "" {
		t.Errorf("a fresh answer is marked: %v", fresh.Header())
	}
	page := o.get("/api/v1/tasks?status=todo")
	o.clock.Add(42 * time.Second)
	o.err = errs.ErrUnavailable

	stale := o.get(o.path)
	if !isStale(stale) || stale.Body.String() != fresh.Body.String() || stale.Header().Get("ETag") != fresh.Header().Get("ETag") {
		t.Errorf("%d %v: %s", stale.Code, stale.Header(), stale.Body)
	}
	if h := stale.Header(); h.Get("Age") != "42" || h.Get("Cache-Status") != "todokit; hit; ttl=-42; detail=stale-on-error" || h.Get("Cache-Control") != "private, no-cache" {
		t.Errorf("marked by %v", h)
	}
	if w := o.get("/api/v1/tasks?status=todo"); !isStale(w) || w.Body.String() != page.Body.String() {
		t.Errorf("the page: %d %s", w.Code, w.Body)
	}
	if w := o.get(o.path, "If-None-Match: "+fresh.Header().Get("ETag")); w.Code != 304 || w.Header().Get("Age") != "42" || w.Body.Len() > 0 {
		t.Errorf("the same version: %d %v", w.Code, w.Header())
	}
	if !strings.Contains(o.log.String(), `cache="todokit; hit`) {
		t.Error("the log does not tell")
	}
}

// What has not changed is shown again, and no task is read for it.
func TestWhatHasNotChangedIsNotReadAgain(t *testing.T) {
	t.Parallel()
	o := newOutage(t, plenty)
	for _, path := range []string{o.path, "/api/v1/tasks", "/api/v1/tasks?status=todo"} {
		first := o.get(path)
		if o.rows.Swap(0) != 1 {
			t.Errorf("%s was shown without having been read", path)
		}
		again := o.get(path)
		if o.rows.Swap(0) != 0 || again.Code != 200 || again.Body.String() != first.Body.String() {
			t.Errorf("%s was read again: %d %s", path, again.Code, again.Body)
		}
		if tag := first.Header().Get("ETag"); tag != "" { // a page has none
			if w := o.get(path, "If-None-Match: "+tag); o.rows.Swap(0) != 0 || w.Code != 304 {
				t.Errorf("%s was read again to say that it has not changed: %d", path, w.Code)
			}
		}
		if status := o.rename(); status != 200 {
			t.Fatalf("renamed: %d", status)
		}
		o.rows.Store(0)
		if changed := o.get(path); o.rows.Swap(0) != 1 || changed.Body.String() == first.Body.String() {
			t.Errorf("%s is shown as it was before: %s", path, changed.Body)
		}
	}
}

func TestWithoutAnAnswerThereIsNone(t *testing.T) {
	t.Parallel()
	o := newOutage(t, plenty)
	o.get(o.path)
	eve := o.join(t, "eve")
	o.err = errs.ErrUnavailable
	for name, a := range map[string]ask{
		"another request": {method: "GET", path: "/api/v1/tasks", token: o.mei},
		"another query":   {method: "GET", path: "/api/v1/tasks?status=done", token: o.mei},
		"another user":    {method: "GET", path: o.path, token: eve},
	} {
		if w := o.do(t, a); w.Code != 503 || w.Header().Get("Retry-After") == "" {
			t.Errorf("%s: %d %v", name, w.Code, w.Header())
		}
	}
	if w := o.do(t, ask{method: "GET", path: o.path}); w.Code != 401 {
		t.Errorf("without a token: %d", w.Code)
	}
	if w := o.do(t, ask{method: "GET", path: "/api/v1/users/me", token: o.mei}); w.Code != 200 || w.Header().Get("Age") != "" {
		t.Errorf("the other service: %d %v", w.Code, w.Header())
	}
}

func TestOldAnswersAreNotGiven(t *testing.T) {
	t.Parallel()
	o := newOutage(t, plenty)
	o.get(o.path)
	o.clock.Add(5 * time.Minute)
	if w := o.lost(); !isStale(w) {
		t.Errorf("after 5 minutes: %d", w.Code)
	}
	o.clock.Add(time.Second)
	if w := o.lost(); w.Code != 503 {
		t.Errorf("later: %d", w.Code)
	}
}

func TestARevokedTokenGetsNothing(t *testing.T) {
	t.Parallel()
	o := newOutage(t, plenty)
	o.get(o.path)
	claims, err := token.NewVerifier(o.trust, o.clock.Now, nil).Verify(t.Context(), o.mei)
	if err != nil {
		t.Fatal(err)
	}
	o.trust.Apply(2, token.Change{Sequence: 2, Expires: o.clock.Now().Add(time.Hour), Session: claims.SessionID})
	if w := o.lost(); w.Code != 401 {
		t.Errorf("%d: %s", w.Code, w.Body)
	}
}

func TestOnlyOutagesAreBridged(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		want int
	}{
		{errs.ErrUnavailable, 200},
		{errs.ErrUnavailable.WithDetail("The task service cannot be reached."), 200},
		{errs.ErrDeadline, 200},
		{errs.ErrOverloaded, 503},
		{errs.ErrOutcomeUnknown, 503},
		{errs.ErrInternal, 500},
		{errs.ErrCancelled, rest.StatusClientGone},
		{task.ErrTaskNotFound, 404},
	} {
		o := newOutage(t, plenty)
		o.get(o.path)
		o.err = c.err
		if w := o.get(o.path); w.Code != c.want {
			t.Errorf("%v: %d, want %d", c.err, w.Code, c.want)
		}
	}
}

func TestWhatIsGoneIsNotShownAgain(t *testing.T) {
	t.Parallel()
	o := newOutage(t, plenty)
	o.get(o.path)
	o.err = task.ErrTaskNotFound // another gateway has purged it
	o.get(o.path)
	if w := o.lost(); w.Code != 503 {
		t.Errorf("%d: %s", w.Code, w.Body)
	}
	o.frail.get = func(old task.Task) task.Task {
		o.err = task.ErrTaskNotFound
		o.get(o.path)
		o.err = nil
		return old
	}
	o.get(o.path)
	if w := o.lost(); w.Code != 503 {
		t.Errorf("a slow read brought it back: %d %s", w.Code, w.Body)
	}
}

func TestNothingIsShownWhileAWriteIsUnderWay(t *testing.T) {
	t.Parallel()
	o := newOutage(t, plenty)
	o.get(o.path)
	o.update = func() {
		if w := o.lost(); w.Code != 503 {
			t.Errorf("%d: %s", w.Code, w.Body)
		}
	}
	o.rename()
}

// A read that began before its user was forgotten does not know what the user
// has written since.
func TestAReadThatOutlivedItsShelfKeepsNothing(t *testing.T) {
	t.Parallel()
	k := gateway.NewRecall(plenty, time.Now)
	owner := ulid.Make()
	slow := k.Begin(owner, "/a")
	k.Evict()
	k.Changed(owner)
	k.Begin(owner, "/b").Keep("b")
	slow.Keep("a")
	if k.Has(owner, "/a") || !k.Has(owner, "/b") {
		t.Errorf("kept: a %v, b %v", k.Has(owner, "/a"), k.Has(owner, "/b"))
	}
}

// Whatever a write did, nobody is shown what was there before.
func TestNothingIsOlderThanTheLastWrite(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]func(*outage){
		"a write":          func(o *outage) { o.rename() },
		"of another thing": func(o *outage) { o.create(`{"title": "x"}`) },
		"a write that failed": func(o *outage) {
			o.err = errs.ErrUnavailable
			o.rename()
			o.err = nil
		},
		"a write of nonsense": func(o *outage) {
			o.do(o.t, ask{method: "PATCH", path: o.path, body: `{"title": 7}`, token: o.mei})
		},
		"a read that a write overtook": func(o *outage) {
			o.create(`{"title": "x"}`) // so that the task is asked for again
			o.frail.get = func(old task.Task) task.Task {
				o.rename()
				return old
			}
			o.get(o.path)
		},
		"a read in the midst of a write": func(o *outage) {
			o.update = func() { o.get(o.path) }
			o.rename()
		},
		"a read that began with a write and outlived it": func(o *outage) {
			begun, ended, read := make(chan struct{}), make(chan struct{}), make(chan struct{})
			o.update = func() {
				o.frail.get = func(old task.Task) task.Task {
					close(begun)
					<-ended
					return old
				}
				go func() {
					defer close(read)
					serve(o, ask{method: "GET", path: o.path, token: o.mei}.request())
				}()
				<-begun
			}
			o.rename()
			close(ended)
			<-read
		},
	} {
		o := newOutage(t, plenty)
		o.get(o.path)
		do(o)
		if w := o.lost(); w.Code != 503 {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
		o.update = nil
		o.get(o.path)
		if w := o.lost(); !isStale(w) {
			t.Errorf("%s, and a read after it: %d", name, w.Code)
		}
	}
}

func TestAWriteIsNotedBeforeItIsAnswered(t *testing.T) {
	t.Parallel()
	o := newOutage(t, plenty)
	// In the midst of the write a read keeps what was there before it.
	o.update = func() { o.get(o.path) }
	w := &answering{ResponseRecorder: httptest.NewRecorder(), first: func() {
		o.err = errs.ErrUnavailable
		if w := o.get(o.path); w.Code != 503 {
			t.Errorf("whoever sees the answer sees what was before: %d %s", w.Code, w.Body)
		}
	}}
	o.ServeHTTP(w, ask{method: "PATCH", path: o.path, body: `{"title": "x"}`, token: o.mei}.request())
	if w.Code != 200 {
		t.Fatalf("%d: %s", w.Code, w.Body)
	}
}

// answering is a client that does something when an answer begins to arrive.
type answering struct {
	*httptest.ResponseRecorder
	first func()
}

func (a *answering) WriteHeader(status int) {
	a.ResponseRecorder.WriteHeader(status)
	a.first()
}

func TestASlowReadDoesNotReplaceALaterOne(t *testing.T) {
	t.Parallel()
	o := newOutage(t, plenty)
	o.frail.get = func(old task.Task) task.Task {
		later := old
		later.Title, later.Version = "Changed elsewhere", old.Version+1
		o.frail.get = func(task.Task) task.Task { return later }
		o.get(o.path)
		return old
	}
	o.get(o.path)
	if w := o.lost(); !isStale(w) || w.Header().Get("ETag") != `"2"` {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestSessionsAreShownToTheirOwn(t *testing.T) {
	t.Parallel()
	o := newOutage(t, plenty)
	users := &failingSessions{Service: o.users}
	o.users = users
	o.limit(gateway.Limits{StaleBytes: plenty})
	o.get(o.path)
	first := o.get("/api/v1/sessions")
	o.clock.Add(time.Second) // another moment, another id
	grant := o.want(t, 201, ask{method: "POST", path: "/api/v1/sessions", body: credentials})
	users.err = errs.ErrUnavailable
	if w := o.get("/api/v1/sessions"); w.Code != 503 {
		t.Errorf("a session is missing: %d %s", w.Code, w.Body)
	}
	users.err = nil
	o.get("/api/v1/sessions")
	users.err = errs.ErrUnavailable
	if w := o.get("/api/v1/sessions"); !isStale(w) || w.Body.String() == first.Body.String() {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := o.do(t, ask{method: "GET", path: "/api/v1/sessions", token: grant["access_token"].(string)}); w.Code != 503 {
		t.Errorf("it is shown as another session sees it: %d %s", w.Code, w.Body)
	}
	if w := o.lost(); !isStale(w) {
		t.Errorf("to sign in made tasks forgotten: %d", w.Code)
	}
}

type failingSessions struct {
	user.Service
	err error
}

func (f *failingSessions) ListSessions(ctx context.Context, c user.Caller) ([]user.Session, error) {
	if f.err != nil {
		return nil, f.err
	}
	return f.Service.ListSessions(ctx, c)
}

func TestAUsersMemoryIsBounded(t *testing.T) {
	t.Parallel()
	const share = 4 << 10
	o := newOutage(t, 16*share)
	var paths []string
	for range 5 {
		paths = append(paths, o.create(`{"title": "x", "content": "`+strings.Repeat("x", share/4)+`"}`))
	}
	huge := o.create(`{"title": "x", "content": "` + strings.Repeat("x", share) + `"}`)
	for _, path := range append(paths, huge) {
		o.get(path)
	}
	o.err = errs.ErrUnavailable
	for i, want := range []int{503, 503, 503, 200, 200} {
		if w := o.get(paths[i]); w.Code != want {
			t.Errorf("answer %d: %d, want %d", i, w.Code, want)
		}
	}
	if w := o.get(huge); w.Code != 503 {
		t.Errorf("an answer larger than the share was kept: %d", w.Code)
	}
}

// However reads, writes, outages and evictions meet, no answer is older than
// the last write that was answered before it was asked for.
func TestEvictionDoesNotBringOldAnswersBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const people, rounds = 24, 60
	tokens := make([]string, people)
	for i := range tokens {
		tokens[i] = w.join(t, "user"+strconv.Itoa(i))
	}
	versions := &perUser{of: map[ulid.ULID]*atomic.Int64{}}
	w.tasks = versions
	w.limit(gateway.Limits{StaleBytes: 16 << 10}) // not all of them have room
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
						answer := serve(w, ask{method: "PATCH", path: path, body: `{"title": "x"}`, token: accessToken}.request())
						acknowledged.Store(versionOf(answer))
						continue
					}
					least := acknowledged.Load()
					r := ask{method: "GET", path: path, token: accessToken}.request()
					if random.IntN(2) == 0 {
						r = r.WithContext(context.WithValue(r.Context(), lostKey{}, true))
					}
					answer := serve(w, r)
					if isStale(answer) {
						stale.Add(1)
					}
					if answer.Code == http.StatusOK && versionOf(answer) < least {
						t.Errorf("version %d was shown after %d was written", versionOf(answer), least)
					}
				}
			})
		}
	}
	all.Wait()
	if stale.Load() == 0 {
		t.Error("no answer was stale: nothing was tested")
	}
}

func versionOf(w *httptest.ResponseRecorder) int64 {
	version, _ := strconv.ParseInt(strings.Trim(w.Header().Get("ETag"), `"`), 10, 64)
	return version
}

type lostKey struct{}

// perUser is a task service with one task for each user, which is lost to the
// requests that say so.
type perUser struct {
	task.Service
	mu sync.Mutex
	of map[ulid.ULID]*atomic.Int64
}

func (s *perUser) task(owner ulid.ULID) *atomic.Int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of[owner] == nil {
		s.of[owner] = &atomic.Int64{}
		s.of[owner].Store(1)
	}
	return s.of[owner]
}

func (s *perUser) GetTask(ctx context.Context, ref task.Ref) (task.Task, error) {
	if ctx.Value(lostKey{}) != nil {
		return task.Task{}, errs.ErrUnavailable
	}
	return task.Task{Owner: ref.Owner, ID: ref.ID, Version: s.task(ref.Owner).Load()}, nil
}

func (s *perUser) Peek(ctx context.Context, p task.Peek) (task.Peeked, error) {
	if ctx.Value(lostKey{}) != nil {
		return task.Peeked{}, errs.ErrUnavailable
	}
	var revision task.Revision
	binary.BigEndian.PutUint64(revision[:], uint64(s.task(p.Owner).Load()))
	return task.Peeked{Revision: revision}, nil
}

func (s *perUser) UpdateTask(_ context.Context, in task.UpdateTask) (task.Task, error) {
	return task.Task{Owner: in.Owner, ID: in.ID, Version: s.task(in.Owner).Add(1)}, nil
}
