package stalecache_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/prometheus/client_golang/prometheus"

	"todokit/gateway/stalecache"
	"todokit/pkg/rest"
)

const plenty = 1 << 20

// fixture is a cache with one user, on a clock that stands still until it is moved.
type fixture struct {
	*stalecache.Cache
	t    *testing.T
	now  atomic.Pointer[time.Time] // the cache reads it in goroutines of its own
	user ulid.ULID
}

func newFixture(t *testing.T, bytes int64) *fixture {
	t.Helper()
	f := &fixture{t: t, user: ulid.Make()}
	begin := time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)
	f.now.Store(&begin)
	f.Cache = stalecache.New(bytes, func() time.Time { return *f.now.Load() }, prometheus.NewRegistry())
	return f
}

func (f *fixture) advance(d time.Duration) {
	now := f.now.Load().Add(d)
	f.now.Store(&now)
}

func (f *fixture) begin(key string) *stalecache.Read { return f.Begin(f.user, key) }

// store is a read that stores a response.
func (f *fixture) store(key string, revision int64, text string) {
	f.t.Helper()
	f.begin(key).Store(revision, represent(f.t, text))
}

// last returns what would be shown now if the service were out of reach, "" for nothing.
func (f *fixture) last(key string) string {
	f.t.Helper()
	p, _, ok := f.begin(key).LastKnown()
	if !ok {
		return ""
	}
	return textOf(f.t, p)
}

func (f *fixture) wantLast(key, want string) {
	f.t.Helper()
	if got := f.last(key); got != want {
		f.t.Errorf("%s: %q would be shown, want %q", key, got, want)
	}
}

func represent(t *testing.T, text string) rest.Representation {
	t.Helper()
	p, err := rest.Represent(1, text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func textOf(t *testing.T, p rest.Representation) string {
	t.Helper()
	w := httptest.NewRecorder()
	if err := p.Write(w, httptest.NewRequest(http.MethodGet, "/", nil)); err != nil {
		t.Fatal(err)
	}
	return strings.Trim(w.Body.String(), "\"\n")
}

func TestRead_Known_IsRevisionOfCopy(t *testing.T) {
	t.Parallel()
	f := newFixture(t, plenty)
	if known := f.begin("/a").Known(); known != 0 {
		t.Errorf("without a copy %d is known", known)
	}
	f.store("/a", 7, "a")
	if known := f.begin("/a").Known(); known != 7 {
		t.Errorf("%d is known", known)
	}
	if known := f.begin("/b").Known(); known != 0 {
		t.Errorf("of another key %d is known", known)
	}
	if known := f.Begin(ulid.Make(), "/a").Known(); known != 0 {
		t.Errorf("of another user %d is known", known)
	}
}

func TestRead_NotModified_ReturnsCopy(t *testing.T) {
	t.Parallel()
	f := newFixture(t, plenty)
	f.store("/a", 7, "a")
	if p, ok := f.begin("/a").NotModified(); !ok || textOf(t, p) != "a" {
		t.Errorf("%v %q", ok, textOf(t, p))
	}
	f.store("/users/me", 0, "me")
	for _, key := range []string{"/users/me", "/b"} {
		if _, ok := f.begin(key).NotModified(); ok {
			t.Errorf("%s: a copy without a revision was taken for unmodified", key)
		}
	}
}

func TestRead_NotModified_CopyIsOldAgainLater(t *testing.T) {
	t.Parallel()
	f := newFixture(t, plenty)
	f.store("/a", 7, "a")
	for range 3 {
		f.advance(3 * time.Minute)
		if _, ok := f.begin("/a").NotModified(); !ok {
			t.Fatal("the copy is gone")
		}
	}
	f.advance(time.Minute)
	if _, age, ok := f.begin("/a").LastKnown(); !ok || age != time.Minute {
		t.Errorf("%v, since it was last confirmed: %v", ok, age)
	}
	if known := f.begin("/a").Known(); known != 7 {
		t.Errorf("%d is known", known)
	}
}

func TestRead_LastKnown_AtMostFiveMinutesOld(t *testing.T) {
	t.Parallel()
	f := newFixture(t, plenty)
	f.store("/a", 0, "a")
	f.advance(5 * time.Minute)
	if _, age, ok := f.begin("/a").LastKnown(); !ok || age != 5*time.Minute {
		t.Errorf("after 5 minutes: %v, age %v", ok, age)
	}
	f.advance(time.Second)
	f.wantLast("/a", "")
}

func TestRead_Store_AgeCountsFromBeginning(t *testing.T) {
	t.Parallel()
	f := newFixture(t, plenty)
	slow := f.begin("/a")
	f.advance(time.Minute)
	slow.Store(7, represent(t, "a"))
	if _, age, ok := f.begin("/a").LastKnown(); !ok || age != time.Minute {
		t.Errorf("%v, age %v", ok, age)
	}
}

func TestRead_Store_LaterReadWasFaster_KeepsLater(t *testing.T) {
	t.Parallel()
	f := newFixture(t, plenty)
	slow := f.begin("/a")
	f.store("/a", 8, "later")
	slow.Store(7, represent(t, "earlier"))
	f.wantLast("/a", "later")
}

func TestRead_Discard_KeepsEarlierReadsFromStoring(t *testing.T) {
	t.Parallel()
	f := newFixture(t, plenty)
	f.store("/a", 7, "a")
	slow := f.begin("/a")
	f.begin("/a").Discard()
	f.wantLast("/a", "")
	slow.Store(7, represent(t, "a"))
	f.wantLast("/a", "")
	f.store("/a", 9, "again")
	f.wantLast("/a", "again")
}

func TestRead_Discard_LaterReadHasStored_KeepsIt(t *testing.T) {
	t.Parallel()
	f := newFixture(t, plenty)
	slow := f.begin("/a")
	f.store("/a", 8, "later")
	slow.Discard()
	f.wantLast("/a", "later")
}

func TestCache_Invalidate_RemovesCopiesOfUser(t *testing.T) {
	t.Parallel()
	f := newFixture(t, plenty)
	other := ulid.Make()
	f.store("/a", 7, "a")
	f.store("/b", 7, "b")
	f.Begin(other, "/a").Store(3, represent(t, "other"))
	f.Invalidate(f.user, "/b")
	f.wantLast("/a", "a")
	f.wantLast("/b", "")
	f.Invalidate(f.user, "")
	f.wantLast("/a", "")
	if _, _, ok := f.Begin(other, "/a").LastKnown(); !ok {
		t.Error("another user's copy is gone")
	}
}

// A write begins and ends; a read overlaps the beginning, the end, or both.
func TestCache_Invalidate_ReadUnderWay_DoesNotStore(t *testing.T) {
	t.Parallel()
	for name, overlap := range map[string]func(f *fixture){
		"beginning": func(f *fixture) {
			r := f.begin("/a")
			f.Invalidate(f.user, "")
			r.Store(7, represent(f.t, "a"))
		},
		"end": func(f *fixture) {
			f.Invalidate(f.user, "")
			r := f.begin("/a")
			f.Invalidate(f.user, "")
			r.Store(7, represent(f.t, "a"))
		},
		"of another key": func(f *fixture) {
			r := f.begin("/a")
			f.Invalidate(f.user, "/b")
			r.Store(7, represent(f.t, "a"))
		},
		"confirmed, and due to be renewed": func(f *fixture) {
			f.store("/a", 7, "a")
			f.advance(time.Minute)
			r := f.begin("/a")
			f.Invalidate(f.user, "")
			r.NotModified()
		},
	} {
		f := newFixture(t, plenty)
		overlap(f)
		if got := f.last("/a"); got != "" {
			t.Errorf("%s: %q would be shown", name, got)
		}
		f.store("/a", 9, "after")
		if got := f.last("/a"); got != "after" {
			t.Errorf("%s, and a read after it: %q would be shown", name, got)
		}
	}
}

// A read that began before its user's record was evicted does not know what the
// user has written since.
func TestRead_Store_RecordWasEvicted_StoresNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t, plenty)
	slow := f.begin("/a")
	f.Evict()
	f.Invalidate(f.user, "")
	f.store("/b", 8, "b")
	slow.Store(7, represent(t, "a"))
	f.wantLast("/a", "")
	f.wantLast("/b", "b")
}

func TestCache_ShareOfUserFull_OldestGoFirst(t *testing.T) {
	t.Parallel()
	const share = 4 << 10
	f := newFixture(t, 16*share)
	for _, key := range []string{"/1", "/2", "/3", "/4", "/5"} {
		f.store(key, 7, strings.Repeat("x", share/4))
	}
	f.store("/huge", 7, strings.Repeat("x", share))
	for _, key := range []string{"/1", "/2", "/huge"} {
		f.wantLast(key, "")
	}
	for _, key := range []string{"/4", "/5"} {
		if f.last(key) == "" {
			t.Errorf("%s is gone", key)
		}
	}
}

func TestCache_Off_HoldsNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 0)
	f.Invalidate(f.user, "")
	f.store("/a", 7, "a")
	r := f.begin("/a")
	r.Discard()
	if _, ok := r.NotModified(); ok || r.Known() != 0 {
		t.Error("there is a copy")
	}
	f.wantLast("/a", "")
}
