package token_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"todokit/pkg/token"
)

// keyServer is who is asked for keys.
type keyServer struct {
	trust *token.Trust
	asked atomic.Int64
	away  atomic.Bool
	hangs atomic.Bool
	gate  chan struct{} // each answer waits for its close; nil: none does

	mu   sync.Mutex
	keys []token.PublicKey
}

func (s *keyServer) ask(ctx context.Context) error {
	s.asked.Add(1)
	if s.hangs.Load() {
		<-ctx.Done()
		return ctx.Err()
	}
	if s.away.Load() {
		return errors.New("nobody answers")
	}
	if s.gate != nil {
		<-s.gate
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.keys {
		s.trust.Apply(0, token.Change{Expires: k.Expires, Key: &k})
	}
	return nil
}

func (s *keyServer) publish(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys = append(s.keys, token.PublicKey{ID: id, Expires: time.Now().Add(time.Hour)})
}

// withUnknownKeys runs a test in a bubble whose time only passes when all wait.
func withUnknownKeys(t *testing.T, test func(*testing.T, *token.UnknownKeys, *keyServer)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &keyServer{trust: token.NewTrust(time.Now)}
		test(t, token.NewUnknownKeys(s.trust, s.ask), s)
	})
}

func TestUnknownKeys_NewKey_KnownAtOnce(t *testing.T) {
	t.Parallel()
	withUnknownKeys(t, func(t *testing.T, u *token.UnknownKeys, s *keyServer) {
		for n := range 3 {
			id := fmt.Sprint("new ", n)
			s.publish(id)
			begin := time.Now()
			u.Ask(t.Context(), id)
			if _, ok := s.trust.Key(id); !ok || time.Since(begin) != 0 {
				t.Fatalf("key %d is known: %t, after %v", n, ok, time.Since(begin))
			}
			<-time.After(time.Second)
		}
	})
}

// However many forged key ids come, there is a question a second.
func TestUnknownKeys_Flood_OneQuestionASecond(t *testing.T) {
	t.Parallel()
	withUnknownKeys(t, func(t *testing.T, u *token.UnknownKeys, s *keyServer) {
		const seconds = 10
		for n := range seconds * 1000 {
			u.Ask(t.Context(), fmt.Sprint("forged ", n))
			<-time.After(time.Millisecond)
		}
		if got := s.asked.Load(); got > seconds {
			t.Errorf("%d questions in %d seconds", got, seconds)
		}
	})
}

// One that was found to be forged, or too long to be ours, is asked for no more.
func TestUnknownKeys_SameForgedKey_NoFurtherQuestion(t *testing.T) {
	t.Parallel()
	withUnknownKeys(t, func(t *testing.T, u *token.UnknownKeys, s *keyServer) {
		for range 5 {
			u.Ask(t.Context(), "forged")
			u.Ask(t.Context(), strings.Repeat("f", 65))
			<-time.After(time.Second)
		}
		if got := s.asked.Load(); got != 1 {
			t.Errorf("%d questions", got)
		}
		s.publish("new") // is not held up by that
		u.Ask(t.Context(), "new")
		if _, ok := s.trust.Key("new"); !ok {
			t.Error("a new key is not known")
		}
		s.publish("forged") // a database that lagged behind may have denied it
		<-time.After(10 * time.Second)
		u.Ask(t.Context(), "forged")
		if _, ok := s.trust.Key("forged"); !ok {
			t.Error("a key that was denied once is never known")
		}
	})
}

func TestUnknownKeys_NobodyAnswers_HoldsNobody(t *testing.T) {
	t.Parallel()
	for name, trouble := range map[string]func(*keyServer) *atomic.Bool{
		"refused": func(s *keyServer) *atomic.Bool { return &s.away },
		"hangs":   func(s *keyServer) *atomic.Bool { return &s.hangs },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withUnknownKeys(t, func(t *testing.T, u *token.UnknownKeys, s *keyServer) {
				trouble(s).Store(true)
				u.Ask(t.Context(), "the first finds out")
				<-time.After(time.Second)
				var waited atomic.Int64
				var callers sync.WaitGroup
				for n := range 500 {
					callers.Go(func() {
						begin := time.Now()
						u.Ask(t.Context(), fmt.Sprint("forged ", n))
						if took := time.Since(begin); took > 0 {
							waited.Add(1)
							if took > 500*time.Millisecond {
								t.Errorf("one waited for %v", took)
							}
						}
					})
				}
				callers.Wait()
				if waited.Load() > 1 || s.asked.Load() != 2 {
					t.Errorf("%d waited, %d questions", waited.Load(), s.asked.Load())
				}
				trouble(s).Store(false)
				<-time.After(time.Second)
				s.publish("new")
				u.Ask(t.Context(), "new")
				if _, ok := s.trust.Key("new"); !ok {
					t.Error("a new key is not known once somebody answers again")
				}
			})
		})
	}
}

// Many who meet the same new key at once share one question.
func TestUnknownKeys_ManyAtOnce_ShareTheAnswer(t *testing.T) {
	t.Parallel()
	withUnknownKeys(t, func(t *testing.T, u *token.UnknownKeys, s *keyServer) {
		s.publish("new")
		s.gate = make(chan struct{}) // the answer takes a while
		var callers sync.WaitGroup
		for range 50 {
			callers.Go(func() {
				u.Ask(t.Context(), "new")
				if _, ok := s.trust.Key("new"); !ok {
					t.Error("a new key is not known")
				}
			})
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		synctest.Wait()
		u.Ask(gone, "new") // does not wait for the others
		close(s.gate)
		callers.Wait()
		if s.asked.Load() != 1 {
			t.Errorf("%d questions", s.asked.Load())
		}
	})
}
