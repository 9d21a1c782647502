package gateway

import (
	"encoding/json"
	"net/http"
	"time"

	"todokit/pkg/errs"
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

func newAccessTokenJSON(t user.PersonalToken) accessTokenJSON {
	return accessTokenJSON{
		ID: t.ID.String(), Name: t.Name, Scopes: t.Scopes, CreateTime: t.CreateTime.UTC(),
		LastUseTime: timeOrNull(t.UseTime), ExpireTime: timeOrNull(t.Expires),
	}
}

type accessTokensJSON struct {
	AccessTokens []accessTokenJSON `json:"access_tokens"`
}

func newAccessTokensJSON(tokens []user.PersonalToken) accessTokensJSON {
	all := make([]accessTokenJSON, 0, len(tokens))
	for _, t := range tokens {
		all = append(all, newAccessTokenJSON(t))
	}
	return accessTokensJSON{all}
}

func timeOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func readAccessToken(w http.ResponseWriter, r *request, in *user.CreatePersonalToken) error {
	var scopes []string
	_, err := rest.ReadJSON(w, r.Request, readOnly(rest.Members{
		"name":        rest.Into(&in.Name, rest.Text),
		"scopes":      rest.Into(&scopes, rest.Texts),
		"expire_time": rest.Into(&in.Expires, rest.OrNull(readExpiry)),
	}, "id", "create_time", "last_use_time", "token"))
	in.Scopes = scopesOf(scopes)
	return err
}

func scopesOf(names []string) []user.Scope {
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
