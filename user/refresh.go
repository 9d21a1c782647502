package user

import (
	"context"
	"errors"
	"time"

	"todokit/pkg/errs"
	"todokit/pkg/mutation"
)

// errReused is the cause, for the log.
var errReused = errors.New("a spent refresh token was used again: session ended")

func (s *service) Refresh(ctx context.Context, in Refresh) (Grant, error) {
	var v errs.Validator
	requireText(&v, "refresh_token", in.Token)
	in.Origin = checkOrigin(&v, in.Origin)
	if err := v.Err(); err != nil {
		return Grant{}, err
	}
	token, ok := parseRefreshToken(in.Token)
	if !ok {
		return Grant{}, ErrBadRefreshToken
	}
	return mutation.Retry(func() (Grant, error) { return s.refresh(ctx, token, in.Origin) })
}

func (s *service) refresh(ctx context.Context, token refreshToken, origin Origin) (Grant, error) {
	session, err := s.Sessions.SessionByID(ctx, token.session)
	if errors.Is(err, ErrNotFound) {
		return Grant{}, ErrBadRefreshToken.Wrap(err)
	}
	if err != nil {
		return Grant{}, err
	}
	now, err := s.storeNow(ctx) // another instance may have written the session's times
	if err != nil {
		return Grant{}, err
	}
	switch session.classify(token, now) {
	case tokenCurrent:
		after, next := session.rotated(token, origin, now)
		return s.rotate(ctx, after, next)
	case tokenRepeated:
		return s.regrant(ctx, session, token.next(session.Salt))
	case tokenReused:
		end := SessionsEnd{Owner: session.Owner, ID: session.ID, Expires: s.revokedUntil()}
		if _, err := s.Sessions.EndSessions(ctx, end); err != nil {
			return Grant{}, err
		}
		s.audit(ctx, Event{Kind: EventTokenReused, UserID: session.Owner, SessionID: session.ID, Address: origin.Address})
		return Grant{}, ErrBadRefreshToken.Wrap(errReused)
	default:
		return Grant{}, ErrBadRefreshToken
	}
}

// rotate writes the next generation and grants it.
func (s *service) rotate(ctx context.Context, after StoredSession, next refreshToken) (Grant, error) {
	grant, err := s.regrant(ctx, after, next)
	if err != nil {
		return Grant{}, err
	}
	if err := s.Sessions.RotateSession(ctx, after); err != nil {
		return Grant{}, err
	}
	return grant, nil
}

// regrant grants a token with a fresh access token, and changes nothing.
func (s *service) regrant(ctx context.Context, session StoredSession, next refreshToken) (Grant, error) {
	a, err := s.Accounts.AccountByID(ctx, session.Owner)
	if errors.Is(err, ErrNotFound) {
		return Grant{}, ErrBadRefreshToken.Wrap(err)
	}
	if err != nil {
		return Grant{}, err
	}
	return s.grant(ctx, a.User, session.ID, next)
}

// tokenState is what a refresh token is to its session.
type tokenState int

const (
	tokenBad      tokenState = iota // made up, or expired
	tokenCurrent                    // to be spent
	tokenRepeated                   // spent just now: another tab, or a lost reply
	tokenReused                     // spent before: somebody has a copy
)

func (s StoredSession) classify(t refreshToken, now time.Time) tokenState {
	switch {
	case !isHash(s.Family, t.family[:]) || !s.Expires.After(now) || t.generation > s.Generation:
		return tokenBad
	case t.generation == s.Generation && isHash(s.Secret, t.secret[:]):
		return tokenCurrent
	case t.generation == s.Generation:
		return tokenBad
	case t.generation+1 == s.Generation && isHash(s.Previous, t.secret[:]) && now.Sub(s.UseTime).Abs() <= RefreshGrace: // a clock that was ahead makes no longer grace
		return tokenRepeated
	default:
		return tokenReused
	}
}
