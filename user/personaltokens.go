package user

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
)

// useResolution is how often it is noted that a token is used.
const useResolution = time.Minute

// CreatePersonalToken gives a repeat (the same id) another secret: nobody knows
// that of the reply that was lost.
func (s *service) CreatePersonalToken(ctx context.Context, in CreatePersonalToken) (CreatedToken, error) {
	scopes, err := s.checkPersonalToken(in)
	if err != nil {
		return CreatedToken{}, err
	}
	if !holdsAll(in.Held, scopes) {
		return CreatedToken{}, ErrScopeNotHeld
	}
	made := PersonalToken{
		ID: in.Mutation.ID, Owner: in.UserID, Name: in.Name, Scopes: scopes,
		CreateTime: timeOf(in.Mutation.ID), Expires: in.Expires.UTC().Truncate(time.Microsecond),
	}
	if err := s.inherit(ctx, &made, in.SessionID); err != nil {
		return CreatedToken{}, err
	}
	secret := newPersonalSecret()
	err = s.PersonalTokens.SavePersonalToken(ctx, PersonalTokenSave{
		Token: made, Through: in.SessionID, Secret: personalHash(secret), Now: s.now(),
	})
	switch {
	case errors.Is(err, ErrNotFound):
		return CreatedToken{}, errs.ErrUnauthenticated.Wrap(err)
	case errors.Is(err, ErrIDTaken):
		return CreatedToken{}, errs.ErrInvalid.WithFields(errs.Invalid("id", errs.FieldMismatch, "the account"))
	case err != nil:
		return CreatedToken{}, err
	}
	s.audit(ctx, Event{Kind: EventTokenCreated, UserID: in.UserID, SessionID: in.SessionID, TokenID: made.ID})
	return CreatedToken{PersonalToken: made, Secret: secret}, nil
}

// inherit bounds a token that is asked for with another one by that one's expiry.
// A session bounds nothing: behind it is somebody who knows the password.
func (s *service) inherit(ctx context.Context, made *PersonalToken, through ulid.ULID) error {
	tokens, err := s.PersonalTokens.PersonalTokensOf(ctx, SessionQuery{Owner: made.Owner, Now: s.now()})
	if err != nil {
		return err
	}
	at := slices.IndexFunc(tokens, func(t PersonalToken) bool { return t.ID == through })
	if at < 0 {
		return nil
	}
	parent := tokens[at]
	made.Parent = parent.ID
	switch {
	case parent.Expires.IsZero():
	case made.Expires.IsZero():
		made.Expires = parent.Expires
	case made.Expires.After(parent.Expires):
		allowed := s.now().Format(time.RFC3339) + " to " + parent.Expires.Format(time.RFC3339Nano)
		return errs.ErrInvalid.WithFields(errs.Invalid("expire_time", errs.FieldRange, allowed))
	}
	return nil
}

// checkPersonalToken returns the scopes in their order.
func (s *service) checkPersonalToken(in CreatePersonalToken) ([]Scope, error) {
	var v errs.Validator
	s.checkID(&v, "id", in.Mutation.ID)
	v.Text("name", in.Name, 1, MaxTokenName)
	var scopes []Scope
	for _, known := range Scopes() {
		if slices.Contains(in.Scopes, known) {
			scopes = append(scopes, known)
		}
	}
	checkScopes(&v, in.Scopes)
	if !in.Expires.IsZero() && !in.Expires.After(s.now()) {
		v.Add("expire_time", errs.FieldFormat, "a time to come")
	}
	return scopes, v.Err()
}

// checkScopes notes what is wrong with each scope.
func checkScopes(v *errs.Validator, scopes []Scope) {
	switch {
	case len(scopes) == 0:
		v.Add("scopes", errs.FieldRequired)
	case len(scopes) > len(Scopes()):
		v.Add("scopes", errs.FieldTooMany, len(Scopes()))
		return
	}
	for i, scope := range scopes {
		name := fmt.Sprintf("scopes[%d]", i)
		switch {
		case !slices.Contains(Scopes(), scope):
			v.Add(name, errs.FieldOneOf, "tasks:read, tasks:write, account")
		case slices.Contains(scopes[:i], scope):
			v.Add(name, errs.FieldRepeated)
		}
	}
}

func (s *service) ListPersonalTokens(ctx context.Context, caller Caller) ([]PersonalToken, error) {
	tokens, err := s.PersonalTokens.PersonalTokensOf(ctx, SessionQuery{Owner: caller.UserID, Now: s.now()})
	if err != nil {
		return nil, err
	}
	if len(tokens) == 0 {
		_, err = s.account(ctx, caller.UserID)
	}
	return tokens, err
}

func (s *service) EndPersonalToken(ctx context.Context, in EndPersonalToken) (struct{}, error) {
	var v errs.Validator
	s.checkID(&v, "mutation_id", in.Mutation.ID)
	if in.ID.IsZero() {
		v.Add("id", errs.FieldRequired)
	}
	if err := v.Err(); err != nil {
		return struct{}{}, err
	}
	if in.Revoked && in.ID != in.SessionID {
		return struct{}{}, errs.ErrUnauthenticated
	}
	// A token that has ended itself is revoked, so it is gone: to end it once
	// more shows just that.
	ended, err := s.PersonalTokens.EndPersonalToken(ctx, SessionsEnd{Owner: in.UserID, ID: in.ID, Expires: s.revokedUntil()})
	if err != nil {
		return struct{}{}, err
	}
	if ended > 0 {
		s.audit(ctx, Event{Kind: EventTokenEnded, UserID: in.UserID, SessionID: in.SessionID, TokenID: in.ID})
	}
	if ended > 0 || in.Mutation.Repeat {
		return struct{}{}, nil
	}
	if _, err := s.account(ctx, in.UserID); err != nil {
		return struct{}{}, err
	}
	return struct{}{}, ErrTokenNotFound
}

func (s *service) ExchangePersonalToken(ctx context.Context, secret string) (AccessToken, error) {
	if !IsPersonalToken(secret) {
		return AccessToken{}, errs.ErrUnauthenticated
	}
	t, err := s.PersonalTokens.PersonalTokenBySecret(ctx, personalHash(secret))
	if errors.Is(err, ErrNotFound) {
		return AccessToken{}, errs.ErrUnauthenticated.Wrap(err)
	}
	if err != nil {
		return AccessToken{}, err
	}
	now, err := s.storeNow(ctx)
	if err != nil {
		return AccessToken{}, err
	}
	if !t.Expires.IsZero() && !t.Expires.After(now) {
		return AccessToken{}, errs.ErrUnauthenticated.Wrap(errors.New("the personal access token has expired"))
	}
	access, err := s.Tokens.Issue(ctx, Issue{
		Caller: Caller{UserID: t.Owner, SessionID: t.ID}, Scopes: t.Scopes, Until: t.Expires,
	})
	if err != nil {
		return AccessToken{}, err
	}
	if now.Sub(t.UseTime) >= useResolution {
		err = s.PersonalTokens.NoteTokenUse(ctx, TokenUse{Owner: t.Owner, ID: t.ID, Time: now})
	}
	return access, err
}
