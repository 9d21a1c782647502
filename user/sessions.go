package user

import (
	"context"
	"errors"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
)

// SignIn is part of Service. A repeat (the same session id) starts the session
// anew, since the refresh token of the lost answer is known to nobody.
func (r *rules) SignIn(ctx context.Context, in Credentials) (Grant, error) {
	var c errs.Validator
	r.checkID(&c, "session_id", in.SessionID)
	require(&c, "user_name", in.Name)
	require(&c, "password", in.Password)
	origin := checkOrigin(&c, in.Origin)
	if err := c.Err(); err != nil {
		return Grant{}, err
	}
	in.Password, in.Origin = r.PreparePassword(in.Password), origin
	a, err := r.authenticate(ctx, in)
	if err != nil {
		return Grant{}, err
	}
	session, token := newSession(in.SessionID, a.ID, origin, r.now())
	grant, err := r.grant(ctx, a.User, session.ID, token)
	if err != nil {
		return Grant{}, err
	}
	_, err = r.Sessions.StartSession(ctx, SessionStart{Session: session, PasswordHash: a.PasswordHash})
	switch {
	case errors.Is(err, ErrNotFound): // the password has changed meanwhile
		return Grant{}, ErrBadCredentials.Wrap(err)
	case errors.Is(err, ErrConflict):
		return Grant{}, errs.ErrInvalid.WithFields(errs.Invalid("session_id", errs.FieldMismatch, "the account"))
	case err != nil:
		return Grant{}, err
	}
	r.audit(ctx, Event{Kind: EventSignedIn, UserID: a.ID, SessionID: session.ID, Address: origin.Address})
	return grant, nil
}

// authenticate takes as long for an unknown name as for a wrong password, and
// says as little.
func (r *rules) authenticate(ctx context.Context, in Credentials) (Account, error) {
	key, err := r.NameKey(in.Name)
	valid := err == nil
	if !valid {
		key = in.Name // nobody's, and counted as any other
	}
	g := signInGate(key, in.Origin.Address)
	if err := r.enter(ctx, &g); err != nil {
		return Account{}, r.auditFailure(ctx, err, Event{Kind: EventSignInFailed, Address: in.Origin.Address})
	}
	var a Account
	if valid {
		a, err = r.Accounts.AccountByName(ctx, key)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return Account{}, err
		}
	}
	right, err := r.Passwords.Verify(ctx, PasswordCheck{in.Password, a.PasswordHash})
	if err != nil {
		return Account{}, err
	}
	if right {
		err = r.succeeded(ctx, g)
	} else if err = r.failed(ctx, g); err == nil {
		err = ErrBadCredentials
	}
	return a, r.auditFailure(ctx, err, Event{Kind: EventSignInFailed, UserID: a.ID, Address: in.Origin.Address})
}

// grant is made before the session is written, so that nothing is spent while
// no access token can be issued.
func (r *rules) grant(ctx context.Context, u User, session ulid.ULID, token refreshToken) (Grant, error) {
	access, err := r.Tokens.Issue(ctx, Issue{Caller: Caller{UserID: u.ID, SessionID: session}, Scopes: Scopes()})
	if err != nil {
		return Grant{}, err
	}
	return Grant{AccessToken: access.Raw, Expires: access.Expires, RefreshToken: token.String(), User: u}, nil
}

// ListSessions is part of Service.
func (r *rules) ListSessions(ctx context.Context, caller Caller) ([]Session, error) {
	sessions, err := r.Sessions.SessionsOf(ctx, SessionQuery{Owner: caller.UserID, Now: r.now()})
	if err != nil {
		return nil, err
	}
	if len(sessions) == 0 {
		_, err = r.account(ctx, caller.UserID)
	}
	return sessions, err
}

// EndSessions is part of Service.
func (r *rules) EndSessions(ctx context.Context, in SessionEnd) (struct{}, error) {
	var c errs.Validator
	r.checkID(&c, "mutation_id", in.Mutation.ID)
	switch {
	case in.All:
		in.ID = ulid.Zero
	case in.ID.IsZero():
		c.Add("id", errs.FieldRequired)
	}
	if err := c.Err(); err != nil {
		return struct{}{}, err
	}
	if in.Mutation.Revoked {
		return struct{}{}, r.endedBefore(ctx, in)
	}
	ended, err := r.Sessions.EndSessions(ctx, SessionsEnd{Owner: in.UserID, ID: in.ID, Expires: r.revokedUntil()})
	if err != nil {
		return struct{}{}, err
	}
	if ended > 0 {
		r.auditEnd(ctx, in)
	}
	if ended > 0 || in.Mutation.Repeat {
		return struct{}{}, nil
	}
	if _, err := r.account(ctx, in.UserID); err != nil || in.All {
		return struct{}{}, err
	}
	return struct{}{}, ErrSessionNotFound
}

func (r *rules) auditEnd(ctx context.Context, in SessionEnd) {
	kind := EventSessionEnded
	if in.All {
		kind = EventSessionsEnded
	}
	r.audit(ctx, Event{Kind: kind, UserID: in.UserID, SessionID: in.SessionID, TargetID: in.ID})
}

// endedBefore tells whether the attempt that this one repeats has ended the
// caller's own session.
func (r *rules) endedBefore(ctx context.Context, in SessionEnd) error {
	switch {
	case in.All:
		left, err := r.Sessions.SessionsOf(ctx, SessionQuery{Owner: in.UserID, Now: r.now()})
		if err == nil && len(left) > 0 {
			return errs.ErrOutcomeUnknown // begun since, or it was another end
		}
		return err
	case in.ID == in.SessionID:
		_, err := r.Sessions.SessionByID(ctx, in.ID)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return errs.ErrUnauthenticated
}
