package userauth_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"todokit/pkg/errs"
	"todokit/user"
	"todokit/user/userauth"
)

func TestAHashIsOfOnePasswordOnly(t *testing.T) {
	t.Parallel()
	h := userauth.NewHasher(userauth.HasherOptions{})
	hash, err := h.Hash(t.Context(), "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") || len(hash) > 255 {
		t.Fatalf("got %q", hash)
	}
	for _, c := range []struct {
		password, hash string
		want           bool
	}{{"correct horse", hash, true}, {"Correct horse", hash, false}, {"", hash, false}, {"correct horse", "", false}, {"", "", false}} {
		right, err := h.Verify(t.Context(), user.PasswordCheck{Password: c.password, Hash: c.hash})
		if err != nil || right != c.want {
			t.Errorf("%q against %q: got %v, %v", c.password, c.hash, right, err)
		}
	}
}

func TestABadHashIsAnError(t *testing.T) {
	t.Parallel()
	h := userauth.NewHasher(userauth.HasherOptions{})
	if _, err := h.Verify(t.Context(), user.PasswordCheck{Password: "x", Hash: "no hash"}); err == nil {
		t.Fatal("no error")
	}
}

func TestACallerThatIsGoneCostsNothing(t *testing.T) {
	t.Parallel()
	h := userauth.NewHasher(userauth.HasherOptions{})
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.Hash(cancelled, "x"); !errors.Is(err, errs.ErrCancelled) {
		t.Errorf("got %v, want ErrCancelled", err)
	}
	late, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	if _, err := h.Hash(late, "x"); !errors.Is(err, errs.ErrOverloaded) {
		t.Errorf("got %v, want ErrOverloaded", err)
	}
}

func TestNoHashBeginsThatWouldEndTooLate(t *testing.T) {
	t.Parallel()
	h := userauth.NewHasher(userauth.HasherOptions{})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := h.Hash(ctx, "x"); !errors.Is(err, errs.ErrOverloaded) {
		t.Errorf("got %v, want ErrOverloaded", err)
	}
}

// With room for one that runs and one that waits, of three at once at least
// one is refused at once; which is told by it ending before a hash has.
func TestTheQueueIsBounded(t *testing.T) {
	t.Parallel()
	h := userauth.NewHasher(userauth.HasherOptions{Concurrent: 1, Queue: 1})
	const callers = 12
	results := make(chan error, callers)
	start := make(chan struct{})
	for range callers {
		go func() {
			<-start
			_, err := h.Hash(t.Context(), "x")
			results <- err
		}()
	}
	close(start)
	done, refused := 0, 0
	for range callers {
		switch err := <-results; {
		case err == nil:
			done++
		case errors.Is(err, errs.ErrOverloaded):
			refused++
		default:
			t.Fatal(err)
		}
	}
	if done == 0 || refused == 0 {
		t.Fatalf("%d done, %d refused", done, refused)
	}
}
