package user

import (
	"context"
	"errors"
	"time"

	"todokit/pkg/errs"
)

// errReused is, as a cause, for the log.
var errReused = errors.New("a spent refresh token was used again: session ended")

// Refresh is part of Service.
func (r *rules) Refresh(ctx context.Context, in RefreshRequest) (Grant, error) {
	var c errs.Validator
	require(&c, "refresh_token", in.Token)
	in.Origin = checkOrigin(&c, in.Origin)
	if err := c.Err(); err != nil {
		return Grant{}, err
	}
	token, ok := parseRefreshToken(in.Token)
	if !ok {
		return Grant{}, ErrBadRefreshToken
	}
	return compareAndSwap(func() (Grant, error) { return r.refresh(ctx, token, in.Origin) })
}

func (r *rules) refresh(ctx context.Context, token refreshToken, origin Origin) (Grant, error) {
	s, err := r.Sessions.SessionByID(ctx, token.session)
	if errors.Is(err, ErrNotFound) {
		return Grant{}, ErrBadRefreshToken.Wrap(err)
	}
	if err != nil {
		return Grant{}, err
	}
	now := r.now()
	switch s.judge(token, now) {
	case tokenCurrent:
		after, next := s.rotated(token, origin, now)
		return r.rotate(ctx, after, next)
	case tokenRepeated:
		return r.regrant(ctx, s, token.next(s.Salt))
	case tokenReused:
		end := SessionsEnd{Owner: s.Owner, ID: s.ID, Expires: r.revokedUntil()}
		if _, err := r.Sessions.EndSessions(ctx, end); err != nil {
			return Grant{}, err
		}
		r.audit(ctx, Event{Kind: EventTokenReused, UserID: s.Owner, SessionID: s.ID, Address: origin.Address})
		return Grant{}, ErrBadRefreshToken.Wrap(errReused)
	default:
		return Grant{}, ErrBadRefreshToken
	}
}

// rotate writes the next generation and grants it.
func (r *rules) rotate(ctx context.Context, after StoredSession, next refreshToken) (Grant, error) {
	grant, err := r.regrant(ctx, after, next)
	if err != nil {
		return Grant{}, err
	}
	if _, err := r.Sessions.RotateSession(ctx, after); err != nil {
		return Grant{}, err
	}
	return grant, nil
}

// regrant grants a token with a fresh access token, and changes nothing.
func (r *rules) regrant(ctx context.Context, s StoredSession, next refreshToken) (Grant, error) {
	a, err := r.Accounts.AccountByID(ctx, s.Owner)
	if errors.Is(err, ErrNotFound) {
		return Grant{}, ErrBadRefreshToken.Wrap(err)
	}
	if err != nil {
		return Grant{}, err
	}
	return r.grant(ctx, a.User, s.ID, next)
}

// verdict is what a refresh token is to its session.
type verdict int

const (
	tokenBad      verdict = iota // made up, or expired
	tokenCurrent                 // to be spent
	tokenRepeated                // spent just now: another tab, or a lost answer
	tokenReused                  // spent before: somebody has a copy
)

func (s StoredSession) judge(t refreshToken, now time.Time) verdict {
	switch {
	case !isHash(s.Family, t.family[:]) || !s.Expires.After(now) || t.generation > s.Generation:
		return tokenBad
	case t.generation == s.Generation && isHash(s.Secret, t.secret[:]):
		return tokenCurrent
	case t.generation == s.Generation:
		return tokenBad
	case t.generation+1 == s.Generation && isHash(s.Previous, t.secret[:]) && now.Sub(s.UseTime) <= RefreshGrace:
		return tokenRepeated
	default:
		return tokenReused
	}
}
