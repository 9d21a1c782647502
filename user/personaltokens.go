package user

import (
	"context"
	"errors"
	"slices"
	"time"

	"todokit/pkg/errs"
)

// useResolution is how often it is noted that a token is used.
const useResolution = time.Minute

// CreatePersonalToken is part of Service. A repeat (the same id) gets another
// secret, since that of the lost answer is known to nobody.
func (r *rules) CreatePersonalToken(ctx context.Context, in NewPersonalToken) (CreatedToken, error) {
	scopes, err := r.checkPersonalToken(in)
	if err != nil {
		return CreatedToken{}, err
	}
	if !holdsAll(in.Held, scopes) {
		return CreatedToken{}, ErrScopeNotHeld
	}
	secret := newPersonalSecret()
	made := PersonalToken{
		ID: in.Mutation.ID, Owner: in.UserID, Name: in.Name, Scopes: scopes,
		CreateTime: timeOf(in.Mutation.ID), Expires: in.Expires.UTC().Truncate(time.Microsecond),
	}
	_, err = r.PersonalTokens.SavePersonalToken(ctx, PersonalTokenSave{Token: made, Secret: personalHash(secret), Now: r.now()})
	switch {
	case errors.Is(err, ErrNotFound):
		return CreatedToken{}, errs.ErrUnauthenticated.Wrap(err)
	case errors.Is(err, ErrConflict):
		return CreatedToken{}, errs.ErrInvalid.WithFields(errs.Invalid("id", errs.FieldMismatch, "the account"))
	case err != nil:
		return CreatedToken{}, err
	}
	r.audit(ctx, Event{Kind: EventTokenCreated, UserID: in.UserID, SessionID: in.SessionID, TokenID: made.ID})
	return CreatedToken{PersonalToken: made, Secret: secret}, nil
}

// checkPersonalToken returns the scopes in their order.
func (r *rules) checkPersonalToken(in NewPersonalToken) ([]Scope, error) {
	var c errs.Validator
	r.checkID(&c, "id", in.Mutation.ID)
	c.Text("name", in.Name, 1, MaxTokenName)
	var scopes []Scope
	for _, known := range Scopes() {
		if slices.Contains(in.Scopes, known) {
			scopes = append(scopes, known)
		}
	}
	switch {
	case len(in.Scopes) == 0:
		c.Add("scopes", errs.FieldRequired)
	case !holdsAll(Scopes(), in.Scopes):
		c.Add("scopes", errs.FieldOneOf, "tasks:read, tasks:write, account")
	case len(scopes) != len(in.Scopes):
		c.Add("scopes", errs.FieldRepeated)
	}
	if !in.Expires.IsZero() && !in.Expires.After(r.now()) {
		c.Add("expire_time", errs.FieldFormat, "a time to come")
	}
	return scopes, c.Err()
}

// ListPersonalTokens is part of Service.
func (r *rules) ListPersonalTokens(ctx context.Context, caller Caller) ([]PersonalToken, error) {
	tokens, err := r.PersonalTokens.PersonalTokensOf(ctx, SessionQuery{Owner: caller.UserID, Now: r.now()})
	if err != nil {
		return nil, err
	}
	if len(tokens) == 0 {
		_, err = r.account(ctx, caller.UserID)
	}
	return tokens, err
}

// EndPersonalToken is part of Service.
func (r *rules) EndPersonalToken(ctx context.Context, in PersonalTokenEnd) (struct{}, error) {
	var c errs.Validator
	r.checkID(&c, "mutation_id", in.Mutation.ID)
	if in.ID.IsZero() {
		c.Add("id", errs.FieldRequired)
	}
	if err := c.Err(); err != nil {
		return struct{}{}, err
	}
	if in.Mutation.Revoked && in.ID != in.SessionID {
		return struct{}{}, errs.ErrUnauthenticated
	}
	// One that was used for its own end is in the log, so it is gone: to end
	// it once more tells just that.
	ended, err := r.PersonalTokens.EndPersonalToken(ctx, SessionsEnd{Owner: in.UserID, ID: in.ID, Expires: r.revokedUntil()})
	if err != nil {
		return struct{}{}, err
	}
	if ended > 0 {
		r.audit(ctx, Event{Kind: EventTokenEnded, UserID: in.UserID, SessionID: in.SessionID, TokenID: in.ID})
	}
	if ended > 0 || in.Mutation.Repeat {
		return struct{}{}, nil
	}
	if _, err := r.account(ctx, in.UserID); err != nil {
		return struct{}{}, err
	}
	return struct{}{}, ErrTokenNotFound
}

// ExchangePersonalToken is part of Service.
func (r *rules) ExchangePersonalToken(ctx context.Context, secret string) (AccessToken, error) {
	if !IsPersonalToken(secret) {
		return AccessToken{}, errs.ErrUnauthenticated
	}
	t, err := r.PersonalTokens.PersonalTokenBySecret(ctx, personalHash(secret))
	if errors.Is(err, ErrNotFound) {
		return AccessToken{}, errs.ErrUnauthenticated.Wrap(err)
	}
	if err != nil {
		return AccessToken{}, err
	}
	now := r.now()
	if !t.Expires.IsZero() && !t.Expires.After(now) {
		return AccessToken{}, errs.ErrUnauthenticated.Wrap(errors.New("the personal access token has expired"))
	}
	access, err := r.Tokens.Issue(ctx, Issue{
		Caller: Caller{UserID: t.Owner, SessionID: t.ID}, Scopes: t.Scopes, Until: t.Expires,
	})
	if err != nil {
		return AccessToken{}, err
	}
	if now.Sub(t.UseTime) >= useResolution {
		_, err = r.PersonalTokens.NoteTokenUse(ctx, TokenUse{Owner: t.Owner, ID: t.ID, Time: now})
	}
	return access, err
}
