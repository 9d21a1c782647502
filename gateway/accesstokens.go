package gateway

import (
	"net/http"

	"todokit/pkg/rest"
	"todokit/user"
)

func (g *gateway) createAccessToken(w http.ResponseWriter, r *request) error {
	noStore(w)
	in := user.CreatePersonalToken{Caller: r.caller.Caller, Mutation: g.userMutation(), Held: scopesOf(r.caller.Scopes.Names())}
	if err := readAccessToken(w, r, &in); err != nil {
		return err
	}
	made, err := g.Users.CreatePersonalToken(r.Context(), in)
	if err != nil {
		return err
	}
	shown := newAccessTokenJSON(made.PersonalToken)
	shown.Token = made.Secret
	return rest.WriteJSON(w, http.StatusCreated, shown)
}

func (g *gateway) listAccessTokens(r *request) (reader, error) {
	return func(readOptions) (response, error) {
		tokens, err := g.Users.ListPersonalTokens(r.Context(), r.caller.Caller)
		return response{value: newAccessTokensJSON(tokens)}, err
	}, nil
}

func (g *gateway) endAccessToken(w http.ResponseWriter, r *request) error {
	id, err := r.id(user.ErrTokenNotFound)
	if err != nil {
		return err
	}
	_, err = g.Users.EndPersonalToken(r.Context(), user.EndPersonalToken{Caller: r.caller.Caller, Mutation: g.userMutation(), ID: id})
	if err != nil {
		return err
	}
	return noContent(w)
}
