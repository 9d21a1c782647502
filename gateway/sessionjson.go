package gateway

import (
	"net/http"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/rest"
	"todokit/user"
)

// sessionJSON is a signed-in device.
type sessionJSON struct {
	ID          string    `json:"id"`
	UserAgent   string    `json:"user_agent"`
	Address     string    `json:"address"`
	CreateTime  time.Time `json:"create_time"`
	LastUseTime time.Time `json:"last_use_time"`
	ExpireTime  time.Time `json:"expire_time"`
	Current     bool      `json:"current"` // the one that asks
}

type sessionsJSON struct {
	Sessions []sessionJSON `json:"sessions"`
}

func newSessionsJSON(sessions []user.Session, current ulid.ULID) sessionsJSON {
	all := make([]sessionJSON, 0, len(sessions))
	for _, s := range sessions {
		all = append(all, sessionJSON{
			ID: s.ID.String(), UserAgent: s.UserAgent, Address: s.Address,
			CreateTime: s.CreateTime.UTC(), LastUseTime: s.UseTime.UTC(), ExpireTime: s.Expires.UTC(),
			Current: s.ID == current,
		})
	}
	return sessionsJSON{all}
}

// grantJSON is what a device signs in with from now on, in the words of OAuth 2.
type grantJSON struct {
	AccessToken  string   `json:"access_token"`
	TokenType    string   `json:"token_type"`
	ExpiresIn    int64    `json:"expires_in"` // seconds
	RefreshToken string   `json:"refresh_token"`
	User         userJSON `json:"user"`
}

func newGrantJSON(grant user.Grant, now time.Time) grantJSON {
	return grantJSON{
		AccessToken:  grant.AccessToken,
		TokenType:    "Bearer",
		ExpiresIn:    max(0, int64(grant.Expires.Sub(now).Seconds())),
		RefreshToken: grant.RefreshToken,
		User:         newUserJSON(grant.User),
	}
}

func readCredentials(w http.ResponseWriter, r *request, in *user.SignIn) error {
	_, err := rest.ReadJSON(w, r.Request, rest.Members{
		"user_name": rest.Into(&in.Name, rest.Text),
		"password":  rest.Into(&in.Password, rest.Text),
	})
	return err
}

func readRefresh(w http.ResponseWriter, r *request, in *user.Refresh) error {
	_, err := rest.ReadJSON(w, r.Request, rest.Members{
		"refresh_token": rest.Into(&in.Token, rest.Text),
	})
	return err
}
