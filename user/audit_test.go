package user_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
	"todokit/pkg/mutation"
	"todokit/user"
)

// heard is what the audit log was told.
type heard struct{ events []user.Event }

func (h *heard) audit(_ context.Context, e user.Event) { h.events = append(h.events, e) }

func (h *heard) take() []user.Event {
	defer func() { h.events = nil }()
	return h.events
}

func TestService_Audit_Events(t *testing.T) {
	t.Parallel()
	var h heard
	f := newFixture(t, func(d *user.Deps) { d.Audit = h.audit })
	ctx, me, session := t.Context(), f.UserID, f.SessionID
	newMutation := func() mutation.Mutation { return mutation.Mutation{ID: f.clock.NewID()} }
	at := user.Origin{Address: "192.0.2.7"}
	other := f.clock.NewID()
	var made user.CreatedToken
	for _, step := range []struct {
		name string
		do   func() error
		want []user.Event
	}{
		{"register", func() error {
			_, err := f.svc.Register(ctx, user.Register{Mutation: mutation.Mutation{ID: other}, Name: "other", Password: "correct horse"})
			return err
		}, []user.Event{{Kind: user.EventRegistered, UserID: other}}},
		{"sign in", func() error {
			in := f.credentials(other, "Pässwort")
			in.Origin = at
			_, err := f.svc.SignIn(ctx, in)
			return err
		}, []user.Event{{Kind: user.EventSignedIn, UserID: me, SessionID: other, Address: "192.0.2.7"}}},
		{"wrong password", func() error {
			in := f.credentials(f.clock.NewID(), "wrong")
			in.Origin = at
			_, err := f.svc.SignIn(ctx, in)
			return err
		}, []user.Event{{Kind: user.EventSignInFailed, UserID: me, Address: "192.0.2.7"}}},
		{"password typed as the name", func() error {
			in := f.credentials(f.clock.NewID(), "somebody")
			in.Name, in.Origin = "Pässwort", at
			_, err := f.svc.SignIn(ctx, in)
			return err
		}, []user.Event{{Kind: user.EventSignInFailed, Address: "192.0.2.7"}}},
		{"make a token", func() (err error) {
			made, err = f.svc.CreatePersonalToken(ctx, user.CreatePersonalToken{
				Caller: f.Caller, Mutation: mutation.Mutation{ID: other}, Held: user.Scopes(), Name: "x", Scopes: user.Scopes(),
			})
			return err
		}, []user.Event{{Kind: user.EventTokenCreated, UserID: me, SessionID: session, TokenID: other}}},
		{"use a token", func() error {
			_, err := f.svc.ExchangePersonalToken(ctx, made.Secret)
			return err
		}, nil},
		{"end a token", func() error {
			_, err := f.svc.EndPersonalToken(ctx, user.EndPersonalToken{Caller: f.Caller, Mutation: newMutation(), ID: other})
			return err
		}, []user.Event{{Kind: user.EventTokenEnded, UserID: me, SessionID: session, TokenID: other}}},
		{"end a session", func() error {
			_, err := f.svc.EndSessions(ctx, user.EndSessions{Caller: f.Caller, Mutation: newMutation(), ID: other})
			return err
		}, []user.Event{{Kind: user.EventSessionEnded, UserID: me, SessionID: session, TargetID: other}}},
		{"end no session", func() error {
			_, err := f.svc.EndSessions(ctx, user.EndSessions{Caller: f.Caller, Mutation: newMutation(), ID: other})
			return err
		}, nil},
		{"change the password wrongly", func() error {
			_, err := f.svc.ChangePassword(ctx, user.ChangePassword{Caller: f.Caller, Mutation: newMutation(), Current: "wrong", New: "battery staple"})
			return err
		}, []user.Event{{Kind: user.EventPasswordWrong, UserID: me, SessionID: session}}},
		{"change the password", func() error {
			f.clock.Add(time.Minute)
			_, err := f.svc.ChangePassword(ctx, user.ChangePassword{Caller: f.Caller, Mutation: newMutation(), Current: "Pässwort", New: "battery staple"})
			return err
		}, []user.Event{{Kind: user.EventPasswordChanged, UserID: me, SessionID: session}}},
		{"refresh", func() error { return f.refresh(t) }, nil},
		{"refresh with a stolen token", func() error {
			f.clock.Add(time.Minute)
			_, err := f.svc.Refresh(ctx, user.Refresh{Token: f.grant.RefreshToken, Origin: at})
			return err
		}, []user.Event{{Kind: user.EventTokenReused, UserID: me, SessionID: session, Address: "192.0.2.7"}}},
		{"delete the account", func() error {
			_, err := f.svc.DeleteUser(ctx, user.DeleteUser{Caller: f.Caller, Mutation: newMutation(), Password: "battery staple"})
			return err
		}, []user.Event{{Kind: user.EventAccountDeleted, UserID: me, SessionID: session}}},
	} {
		err := step.do()
		if got := h.take(); !slices.Equal(got, step.want) {
			t.Errorf("%s (%v): told %+v, want %+v", step.name, err, got, step.want)
		}
	}
}

func TestService_Audit_Throttled(t *testing.T) {
	t.Parallel()
	var h heard
	f := newFixture(t, func(d *user.Deps) { d.Audit = h.audit })
	for range user.FreeAccountFailures {
		if _, err := f.svc.SignIn(t.Context(), f.credentials(f.clock.NewID(), "wrong")); !errors.Is(err, user.ErrBadCredentials) {
			t.Fatal(err)
		}
	}
	h.take()
	if _, err := f.svc.SignIn(t.Context(), f.credentials(f.clock.NewID(), "wrong")); !errors.Is(err, user.ErrThrottled) {
		t.Fatal(err)
	}
	if got := h.take(); len(got) != 1 || got[0].Kind != user.EventThrottled {
		t.Errorf("told %+v", got)
	}
}

func TestRegistrationPolicy_Register(t *testing.T) {
	t.Parallel()
	codes := []string{"first of the codes", "second of the codes"}
	for name, c := range map[string]struct {
		admission user.RegistrationPolicy
		code      string
		want      error
	}{
		"everyone":                {user.RegistrationPolicy{}, "", nil},
		"everyone, with any code": {user.RegistrationPolicy{}, "x", nil},
		"nobody":                  {user.RegistrationPolicy{Closed: true}, "", user.ErrRegistrationClosed},
		"nobody, with a code":     {user.RegistrationPolicy{Closed: true, Codes: codes}, codes[0], user.ErrRegistrationClosed},
		"who has a code":          {user.RegistrationPolicy{Codes: codes}, codes[1], nil},
		"who has none":            {user.RegistrationPolicy{Codes: codes}, "", user.ErrBadInvitation},
		"who has a wrong one":     {user.RegistrationPolicy{Codes: codes}, "first of the code", user.ErrBadInvitation},
		"who has two":             {user.RegistrationPolicy{Codes: codes}, codes[0] + "," + codes[1], user.ErrBadInvitation},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, func(d *user.Deps) { d.Registration = c.admission })
			_, err := f.svc.Register(t.Context(), user.Register{Mutation: mutation.Mutation{ID: f.clock.NewID()}, Name: "newcomer", Password: "correct horse", Invitation: c.code})
			if !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
		})
	}
}

// Whoever may not register learns nothing of the names that are taken.
func TestRegistrationPolicy_Refused_TellsNoNames(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(d *user.Deps) { d.Registration = user.RegistrationPolicy{Codes: []string{"the only one there is"}} })
	for _, name := range []string{"somebody", "nobody", "!"} {
		_, err := f.svc.Register(t.Context(), user.Register{Mutation: mutation.Mutation{ID: f.clock.NewID()}, Name: name, Password: "x"})
		if !errors.Is(err, user.ErrBadInvitation) || errs.From(err).Fields != nil {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// overloaded is a hasher that has too much to do.
type overloaded struct{ user.Passwords }

func (overloaded) Verify(context.Context, user.PasswordCheck) (bool, error) {
	return false, errs.ErrOverloaded
}

func TestLoginThrottle_HasherOverloaded_CountsNoFailure(t *testing.T) {
	t.Parallel()
	var h heard
	f := newFixture(t, func(d *user.Deps) { d.Passwords, d.Audit = overloaded{}, h.audit })
	for range 2 * user.FreeAccountFailures {
		if _, err := f.svc.SignIn(t.Context(), f.credentials(f.clock.NewID(), "wrong")); !errors.Is(err, errs.ErrOverloaded) {
			t.Fatalf("got %v, want ErrOverloaded", err)
		}
	}
	if got := h.take(); len(got) != 0 {
		t.Errorf("told %+v", got)
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
