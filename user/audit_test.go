package user_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"todokit/pkg/mutation"
	"todokit/user"
)

// auditRecorder keeps the events.
type auditRecorder struct{ events []user.Event }

func (h *auditRecorder) audit(_ context.Context, e user.Event) { h.events = append(h.events, e) }

func (h *auditRecorder) take() []user.Event {
	defer func() { h.events = nil }()
	return h.events
}

func TestService_Audit_Events(t *testing.T) {
	t.Parallel()
	var h auditRecorder
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
			t.Errorf("%s (%v): got %+v, want %+v", step.name, err, got, step.want)
		}
	}
}

func TestService_Audit_Throttled(t *testing.T) {
	t.Parallel()
	var h auditRecorder
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
		t.Errorf("got %+v", got)
	}
}
