package user

import (
	"context"
	"errors"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
)

// SignIn starts the session anew for a repeat (the same session id): nobody
// knows the refresh token of the reply that was lost.
func (s *service) SignIn(ctx context.Context, in SignIn) (Grant, error) {
	var v errs.Validator
	s.checkID(&v, "session_id", in.SessionID)
	requireText(&v, "user_name", in.Name)
	requireText(&v, "password", in.Password)
	origin := checkOrigin(&v, in.Origin)
	if err := v.Err(); err != nil {
		return Grant{}, err
	}
	in.Password, in.Origin = s.PreparePassword(in.Password), origin
	a, err := s.authenticate(ctx, in)
	if err != nil {
		return Grant{}, err
	}
	now, err := s.storeNow(ctx)
	if err != nil {
		return Grant{}, err
	}
	session, token := newSession(in.SessionID, a.ID, origin, now)
	grant, err := s.grant(ctx, a.User, session.ID, token)
	if err != nil {
		return Grant{}, err
	}
	err = s.Sessions.StartSession(ctx, SessionStart{
		Session: session, PasswordHash: a.PasswordHash, Limit: s.SessionLimit, Expires: s.revokedUntil(),
	})
	switch {
	case errors.Is(err, ErrNotFound): // the password has changed meanwhile
		return Grant{}, ErrBadCredentials.Wrap(err)
	case errors.Is(err, ErrIDTaken):
		return Grant{}, errs.ErrInvalid.WithFields(errs.Invalid("session_id", errs.FieldMismatch, "the account"))
	case err != nil:
		return Grant{}, err
	}
	s.audit(ctx, Event{Kind: EventSignedIn, UserID: a.ID, SessionID: session.ID, Address: origin.Address})
	return grant, nil
}

// authenticate takes as long for an unknown name as for a wrong password, and
// says as little.
func (s *service) authenticate(ctx context.Context, in SignIn) (Account, error) {
	key, err := s.NameKey(in.Name)
	valid := err == nil
	if !valid {
		key = in.Name // nobody's, and counted as any other
	}
	throttle := signInThrottle(key, in.Origin.Address)
	if err := s.checkThrottle(ctx, &throttle); err != nil {
		return Account{}, s.auditFailure(ctx, err, Event{Kind: EventSignInFailed, Address: in.Origin.Address})
	}
	var a Account
	if valid {
		a, err = s.accountByName(ctx, in.Name, key)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return Account{}, err
		}
	}
	err = s.comparePassword(ctx, a, throttle, in.Password)
	if errors.Is(err, ErrWrongPassword) {
		err = ErrBadCredentials
	}
	return a, s.auditFailure(ctx, err, Event{Kind: EventSignInFailed, UserID: a.ID, Address: in.Origin.Address})
}

// grant is made before the session is written, so that nothing is spent while
// no access token can be issued.
func (s *service) grant(ctx context.Context, u User, session ulid.ULID, token refreshToken) (Grant, error) {
	access, err := s.Tokens.Issue(ctx, Issue{Caller: Caller{UserID: u.ID, SessionID: session}, Scopes: Scopes()})
	if err != nil {
		return Grant{}, err
	}
	return Grant{AccessToken: access.Raw, Expires: access.Expires, RefreshToken: token.String(), User: u}, nil
}

func (s *service) ListSessions(ctx context.Context, caller Caller) ([]Session, error) {
	sessions, err := s.Sessions.SessionsOf(ctx, SessionQuery{Owner: caller.UserID, Now: s.now()})
	if err != nil {
		return nil, err
	}
	if len(sessions) == 0 {
		_, err = s.account(ctx, caller.UserID)
	}
	return sessions, err
}

func (s *service) EndSessions(ctx context.Context, in EndSessions) (struct{}, error) {
	var v errs.Validator
	s.checkID(&v, "mutation_id", in.Mutation.ID)
	switch {
	case in.All:
		in.ID = ulid.Zero
	case in.ID.IsZero():
		v.Add("id", errs.FieldRequired)
	}
	if err := v.Err(); err != nil {
		return struct{}{}, err
	}
	if in.Revoked {
		return struct{}{}, s.endedBefore(ctx, in)
	}
	ended, err := s.Sessions.EndSessions(ctx, SessionsEnd{Owner: in.UserID, ID: in.ID, Expires: s.revokedUntil()})
	if err != nil {
		return struct{}{}, err
	}
	if ended > 0 {
		s.auditEnd(ctx, in)
	}
	if ended > 0 || in.Mutation.Repeat {
		return struct{}{}, nil
	}
	if _, err := s.account(ctx, in.UserID); err != nil || in.All {
		return struct{}{}, err
	}
	return struct{}{}, ErrSessionNotFound
}

func (s *service) auditEnd(ctx context.Context, in EndSessions) {
	kind := EventSessionEnded
	if in.All {
		kind = EventSessionsEnded
	}
	s.audit(ctx, Event{Kind: kind, UserID: in.UserID, SessionID: in.SessionID, TargetID: in.ID})
}

// endedBefore tells whether the attempt that this one repeats has ended the
// caller's own session.
func (s *service) endedBefore(ctx context.Context, in EndSessions) error {
	switch {
	case in.All:
		left, err := s.Sessions.SessionsOf(ctx, SessionQuery{Owner: in.UserID, Now: s.now()})
		if err == nil && len(left) > 0 {
			return errs.ErrOutcomeUnknown // begun since, or it was another end
		}
		return err
	case in.ID == in.SessionID:
		_, err := s.Sessions.SessionByID(ctx, in.ID)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return errs.ErrUnauthenticated
}
