package e2e_test

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

const accessTokens = "/api/v1/access-tokens"

type accessToken struct {
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	Scopes      []string `json:"scopes"`
	CreateTime  string   `json:"create_time"`
	LastUseTime *string  `json:"last_use_time"`
	ExpireTime  *string  `json:"expire_time"`
	Token       string   `json:"token"`
}

// script makes an access token, and returns who uses it.
func (c *client) script(t *testing.T, scopes ...string) (*client, accessToken) {
	t.Helper()
	body := fields{"name": "script", "scopes": scopes}
	made := decode[accessToken](t, c.do(t, http.MethodPost, accessTokens, body).want(t, http.StatusCreated))
	c.secret(made.Token)
	return &client{system: c.system, name: c.name, grant: grant{AccessToken: made.Token}}, made
}

// scripts is a user whose scripts may do what they were made for.
func scripts(t *testing.T, s *system) {
	c := s.newUser(t)
	reader, made := c.script(t, "tasks:read")
	writer, _ := c.script(t, "tasks:write")
	admin, _ := c.script(t, "account")
	const refused = "PERMISSION_DENIED"

	writer.do(t, http.MethodPost, tasks, fields{"title": "By a script"}).want(t, http.StatusCreated)
	writer.do(t, http.MethodGet, tasks, nil).wantProblem(t, http.StatusForbidden, refused)
	reader.do(t, http.MethodGet, tasks, nil).want(t, http.StatusOK)
	a := reader.do(t, http.MethodPost, tasks, fields{"title": "By a script"})
	a.wantProblem(t, http.StatusForbidden, refused)
	if challenge := a.header.Get("WWW-Authenticate"); !strings.Contains(challenge, `scope="tasks:write"`) {
		t.Errorf("the challenge %q does not name the scope", challenge)
	}
	for _, who := range []*client{reader, writer} {
		who.do(t, http.MethodGet, me, nil).wantProblem(t, http.StatusForbidden, refused)
		who.do(t, http.MethodPost, accessTokens, fields{"name": "more", "scopes": []string{"tasks:read"}}).
			wantProblem(t, http.StatusForbidden, refused)
	}
	admin.do(t, http.MethodPost, accessTokens, fields{"name": "more", "scopes": []string{"tasks:read"}}).
		wantProblem(t, http.StatusForbidden, "SCOPE_NOT_HELD")
	all := decode[struct {
		AccessTokens []accessToken `json:"access_tokens"`
	}](t, admin.do(t, http.MethodGet, accessTokens, nil).want(t, http.StatusOK)).AccessTokens
	if len(all) != 3 || all[2].ID != made.ID || all[2].LastUseTime == nil || all[2].Token != "" {
		t.Fatalf("access tokens: %+v", all)
	}

	admin.do(t, http.MethodDelete, accessTokens+"/"+made.ID, nil).want(t, http.StatusNoContent)
	endsSoon(t, reader)
	next := s.secret("Next " + rand.Text())
	c.do(t, http.MethodPut, me+"/password", fields{"current_password": c.password, "new_password": next}).want(t, http.StatusNoContent)
	endsSoon(t, writer)
}

// endsSoon requires that a credential is worth nothing after a second, wherever
// it is shown.
func endsSoon(t *testing.T, c *client) {
	t.Helper()
	begin := time.Now()
	eventually(t, "the access token is refused", func() error {
		for range 4 { // several instances
			if a := c.do(t, http.MethodGet, tasks, nil); a.status != http.StatusUnauthorized {
				return fmt.Errorf("status %d", a.status)
			}
		}
		return nil
	})
	t.Logf("it was refused after %v", time.Since(begin))
}

// guesses is somebody who tries passwords, of an account that there is and of
// one that there is not, at any instance.
func guessPasswords(t *testing.T, s *system) {
	c := s.newUser(t) // and has signed in from here: a counter of their own
	for _, name := range []string{c.name, "ghost-" + strings.ToLower(rand.Text()[:12])} {
		guess := fields{"user_name": name, "password": "guess"}
		for range 10 {
			s.nobody().do(t, http.MethodPost, sessions, guess).wantProblem(t, http.StatusUnauthorized, "BAD_CREDENTIALS")
		}
		eventually(t, "a guess has to wait", func() error {
			a := s.nobody().do(t, http.MethodPost, sessions, guess)
			if a.status != http.StatusTooManyRequests {
				return fmt.Errorf("status %d", a.status) // the delay was over on a slow machine
			}
			if after := a.header.Get("Retry-After"); after == "" || after == "0" {
				t.Errorf("Retry-After: %q", after)
			}
			a.wantProblem(t, http.StatusTooManyRequests, "TOO_MANY_ATTEMPTS")
			return nil
		})
	}
	c.do(t, http.MethodGet, me, nil).want(t, http.StatusOK)
	common := fields{"user_name": "user-" + strings.ToLower(rand.Text()[:12]), "password": "Password1"}
	s.nobody().do(t, http.MethodPost, users, common).wantProblem(t, http.StatusBadRequest, "INVALID_ARGUMENT", "password")
}
