package usertransport

import (
	"context"

	userv1 "todokit/api/user/v1"
	"todokit/pkg/errs"
	"todokit/pkg/rpc"
	"todokit/pkg/token"
	"todokit/user"
)

func encodeScopes(scopes []user.Scope) []string {
	names := make([]string, len(scopes))
	for i, s := range scopes {
		names[i] = string(s)
	}
	return names
}

func decodeScopes(names []string) []user.Scope {
	scopes := make([]user.Scope, len(names))
	for i, name := range names {
		scopes[i] = user.Scope(name)
	}
	return scopes
}

func encodeCreatePersonalToken(in user.CreatePersonalToken) *userv1.CreatePersonalTokenRequest {
	return &userv1.CreatePersonalTokenRequest{
		Mutation: encodeMutation(in.Mutation), Name: in.Name, Scopes: encodeScopes(in.Scopes), ExpireTime: encodeTime(in.Expires),
	}
}

func decodeCreatePersonalToken(ctx context.Context) decoder[*userv1.CreatePersonalTokenRequest, user.CreatePersonalToken] {
	return func(claims token.Claims, m *userv1.CreatePersonalTokenRequest) (user.CreatePersonalToken, error) {
		var v errs.Validator
		return user.CreatePersonalToken{
			Caller: callerOf(claims), Mutation: decodeMutation(ctx, &v, "id", m.GetMutation()),
			Held: decodeScopes(claims.Scopes.Names()),
			Name: m.GetName(), Scopes: decodeScopes(m.GetScopes()), Expires: decodeTime(m.GetExpireTime()),
		}, v.Err()
	}
}

func encodePersonalToken(t user.PersonalToken) *userv1.PersonalToken {
	return &userv1.PersonalToken{
		Id: t.ID.Bytes(), Owner: t.Owner.Bytes(), Name: t.Name, Scopes: encodeScopes(t.Scopes),
		CreateTime: encodeTime(t.CreateTime), UseTime: encodeTime(t.UseTime), ExpireTime: encodeTime(t.Expires),
	}
}

func decodePersonalToken(m *userv1.PersonalToken) (t user.PersonalToken, err error) {
	if t.ID, err = decodeID(m.GetId()); err != nil {
		return t, err
	}
	if t.Owner, err = decodeID(m.GetOwner()); err != nil {
		return t, err
	}
	t.Name, t.Scopes = m.GetName(), decodeScopes(m.GetScopes())
	t.CreateTime, t.UseTime, t.Expires = decodeTime(m.GetCreateTime()), decodeTime(m.GetUseTime()), decodeTime(m.GetExpireTime())
	return t, nil
}

func encodeCreatedToken(t user.CreatedToken) *userv1.CreatePersonalTokenResponse {
	return &userv1.CreatePersonalTokenResponse{Token: encodePersonalToken(t.PersonalToken), Secret: t.Secret}
}

func decodeCreatedToken(m *userv1.CreatePersonalTokenResponse) (user.CreatedToken, error) {
	t, err := decodePersonalToken(m.GetToken())
	return user.CreatedToken{PersonalToken: t, Secret: m.GetSecret()}, err
}

func encodeListPersonalTokens(user.Caller) *userv1.ListPersonalTokensRequest {
	return &userv1.ListPersonalTokensRequest{}
}

func encodePersonalTokens(tokens []user.PersonalToken) *userv1.ListPersonalTokensResponse {
	m := &userv1.ListPersonalTokensResponse{Tokens: make([]*userv1.PersonalToken, len(tokens))}
	for i, t := range tokens {
		m.Tokens[i] = encodePersonalToken(t)
	}
	return m
}

func decodePersonalTokens(m *userv1.ListPersonalTokensResponse) (_ []user.PersonalToken, err error) {
	tokens := make([]user.PersonalToken, len(m.GetTokens()))
	for i, t := range m.GetTokens() {
		if tokens[i], err = decodePersonalToken(t); err != nil {
			return nil, err
		}
	}
	return tokens, nil
}

func encodeEndPersonalToken(in user.EndPersonalToken) *userv1.EndPersonalTokenRequest {
	return &userv1.EndPersonalTokenRequest{Id: in.ID.Bytes(), Mutation: encodeMutation(in.Mutation)}
}

func decodeEndPersonalToken(ctx context.Context) decoder[*userv1.EndPersonalTokenRequest, user.EndPersonalToken] {
	return func(claims token.Claims, m *userv1.EndPersonalTokenRequest) (user.EndPersonalToken, error) {
		var v errs.Validator
		return user.EndPersonalToken{
			Caller: callerOf(claims), Mutation: decodeMutation(ctx, &v, "mutation_id", m.GetMutation()),
			Revoked: rpc.Revoked(ctx), ID: idField(&v, "id", m.GetId()),
		}, v.Err()
	}
}

func encodeExchange(secret string) *userv1.ExchangePersonalTokenRequest {
	return &userv1.ExchangePersonalTokenRequest{Secret: secret}
}

func decodeExchange(_ token.Claims, m *userv1.ExchangePersonalTokenRequest) (string, error) {
	return m.GetSecret(), nil
}

func encodeAccessToken(t user.AccessToken) *userv1.ExchangePersonalTokenResponse {
	return &userv1.ExchangePersonalTokenResponse{AccessToken: t.Raw, ExpireTime: encodeTime(t.Expires)}
}

func decodeAccessToken(m *userv1.ExchangePersonalTokenResponse) (user.AccessToken, error) {
	return user.AccessToken{Raw: m.GetAccessToken(), Expires: decodeTime(m.GetExpireTime())}, nil
}
