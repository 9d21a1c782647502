package user_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
	"todokit/user"
)

// overloaded is a hasher that has too much to do.
type overloaded struct{ user.Passwords }

func (overloaded) Verify(context.Context, user.PasswordCheck) (bool, error) {
	return false, errs.ErrOverloaded
}

func TestLoginThrottle_HasherOverloaded_CountsNoFailure(t *testing.T) {
	t.Parallel()
	var h auditRecorder
	f := newFixture(t, func(d *user.Deps) { d.Passwords, d.Audit = overloaded{}, h.audit })
	for range 2 * user.FreeAccountFailures {
		if _, err := f.svc.SignIn(t.Context(), f.credentials(f.clock.NewID(), "wrong")); !errors.Is(err, errs.ErrOverloaded) {
			t.Fatalf("got %v, want ErrOverloaded", err)
		}
	}
	if got := h.take(); len(got) != 0 {
		t.Errorf("got %+v", got)
	}
}

func TestLoginThrottle_RightPasswordAfterFreeFailures_Throttled(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	guess := func() error {
		_, err := f.svc.SignIn(t.Context(), f.credentials(f.clock.NewID(), "wrong"))
		return err
	}
	// While the right password is being looked at, others use the attempts up.
	slow := newFixture(t, func(d *user.Deps) {
		d.Accounts, d.Sessions, d.Failures, d.Now = f.store, f.store, f.store, f.clock.Now
		d.Passwords = during{d.Passwords, func() {
			for range user.FreeAccountFailures {
				if err := guess(); !errors.Is(err, user.ErrBadCredentials) {
					t.Errorf("got %v", err)
				}
			}
		}}
	})
	if _, err := slow.svc.SignIn(t.Context(), f.credentials(f.clock.NewID(), "Pässwort")); !errors.Is(err, user.ErrThrottled) {
		t.Fatalf("got %v, want ErrThrottled", err)
	}
}

// during is a hasher in whose time something else happens.
type during struct {
	user.Passwords
	happens func()
}

func (d during) Verify(ctx context.Context, c user.PasswordCheck) (bool, error) {
	d.happens()
	return d.Passwords.Verify(ctx, c)
}

func TestLoginThrottle_Keys_AreHashes(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	var asked []user.FailureKey
	spy := newFixture(t, func(d *user.Deps) { d.Failures = noting{f.store, &asked} })
	in := user.SignIn{SessionID: ulid.Make(), Name: "hunter2", Password: "x", Origin: user.Origin{Address: "192.0.2.7"}}
	if _, err := spy.svc.SignIn(t.Context(), in); !errors.Is(err, user.ErrBadCredentials) {
		t.Fatal(err)
	}
	seen := map[user.FailureKey]bool{}
	for _, key := range asked {
		if seen[key] {
			t.Error("two counters have one name")
		}
		seen[key] = true
		if s := string(key[:]); slices.Contains([]string{"hunter2", "192.0.2.7"}, s) {
			t.Errorf("a counter is named %q", s)
		}
	}
	if len(asked) != 3 {
		t.Errorf("%d counters were read", len(asked))
	}
}

// noting notes which counters are read.
type noting struct {
	user.FailureStore
	keys *[]user.FailureKey
}

func (n noting) Failures(ctx context.Context, keys []user.FailureKey) ([]user.Failures, error) {
	*n.keys = append(*n.keys, keys...)
	return n.FailureStore.Failures(ctx, keys)
}
