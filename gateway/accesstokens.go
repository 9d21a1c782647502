package gateway

import (
	"encoding/json"
	"net/http"
	"time"

	"todokit/pkg/errs"
	"todokit/pkg/mutation"
	"todokit/pkg/rest"
	"todokit/user"
)

// expiryFormat is what a wrong time of expiry is told to be.
const expiryFormat = "an instant such as 2026-11-22T09:30:00Z"

// accessTokenJSON is a personal access token. Token is there once, when it is new.
type accessTokenJSON struct {
	ID          string       `json:"id"`
	Name        string       `json:"name"`
	Scopes      []user.Scope `json:"scopes"`
	CreateTime  time.Time    `json:"create_time"`
	LastUseTime *time.Time   `json:"last_use_time"`
	ExpireTime  *time.Time   `json:"expire_time"`
	Token       string       `json:"token,omitempty"`
}

func showAccessToken(t user.PersonalToken) accessTokenJSON {
	return accessTokenJSON{
		ID: t.ID.String(), Name: t.Name, Scopes: t.Scopes, CreateTime: t.CreateTime.UTC(),
		LastUseTime: optionalTime(t.UseTime), ExpireTime: optionalTime(t.Expires),
	}
}

func optionalTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func (g *gateway) createAccessToken(w http.ResponseWriter, c *call) error {
	secret(w)
	req := user.CreatePersonalToken{Caller: c.caller, Mutation: mutation.Mutation{ID: g.ids.next()}, Held: scopes(c.scopes.Names())}
	var wanted []string
	_, err := rest.ReadJSON(w, c.Request, readOnly(rest.Members{
		"name":        rest.Into(&req.Name, rest.Text),
		"scopes":      rest.Into(&wanted, rest.Texts),
		"expire_time": rest.Into(&req.Expires, rest.OrNull(readExpiry)),
	}, "id", "create_time", "last_use_time", "token"))
	if err != nil {
		return err
	}
	req.Scopes = scopes(wanted)
	made, err := g.Users.CreatePersonalToken(c.Context(), req)
	if err != nil {
		return err
	}
	shown := showAccessToken(made.PersonalToken)
	shown.Token = made.Secret
	return rest.WriteJSON(w, http.StatusCreated, shown)
}

func scopes(names []string) []user.Scope {
	all := make([]user.Scope, len(names))
	for i, name := range names {
		all[i] = user.Scope(name)
	}
	return all
}

func readExpiry(value json.RawMessage) (time.Time, *errs.Field) {
	s, problem := rest.Text(value)
	if problem != nil {
		return time.Time{}, problem
	}
	t, ok := rest.ParseInstant(s)
	if !ok {
		return time.Time{}, refused(errs.FieldFormat, expiryFormat)
	}
	return t, nil
}

func (g *gateway) listAccessTokens(c *call) (view, error) {
	tokens, err := g.Users.ListPersonalTokens(c.Context(), c.caller)
	if err != nil {
		return view{}, err
	}
	all := make([]accessTokenJSON, 0, len(tokens))
	for _, t := range tokens {
		all = append(all, showAccessToken(t))
	}
	return view{value: map[string]any{"access_tokens": all}}, nil
}

func (g *gateway) endAccessToken(w http.ResponseWriter, c *call) error {
	id, err := c.id(user.ErrTokenNotFound)
	if err != nil {
		return err
	}
	_, err = g.Users.EndPersonalToken(c.Context(), user.EndPersonalToken{
		Caller: c.caller, Mutation: mutation.Mutation{ID: g.ids.next()}, ID: id,
	})
	if err != nil {
		return err
	}
	return noContent(w)
}
