package e2e_test

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"
	"testing"
)

// signedOut waits until a client's access token is worth nothing any more, and
// to no instance of any service: what one knows, the others learn a moment later.
func signedOut(t *testing.T, c *client) {
	t.Helper()
	for _, path := range []string{me, lists, tasks} {
		eventually(t, "the token is refused", func() error {
			if a := c.do(t, http.MethodGet, path, nil); a.status != http.StatusUnauthorized {
				return fmt.Errorf("%s: status %d", path, a.status)
			}
			return nil
		})
	}
}

// signIns is a user with several devices.
func signIns(t *testing.T, s *system) {
	phone := s.newUser(t)
	laptop := phone.signIn(t)
	all := decode[struct{ Sessions []session }](t, laptop.do(t, http.MethodGet, sessions, nil).want(t, http.StatusOK)).Sessions
	if len(all) != 2 {
		t.Fatalf("sessions: %+v", all)
	}
	current := slices.IndexFunc(all, func(s session) bool { return s.Current })
	if current < 0 || all[1-current].Current {
		t.Fatalf("one session should be the current one: %+v", all)
	}

	laptop.do(t, http.MethodDelete, sessions+"/"+all[1-current].ID, nil).want(t, http.StatusNoContent)
	signedOut(t, phone)
	laptop.do(t, http.MethodDelete, sessions+"/"+phone.grant.User.ID, nil).wantProblem(t, http.StatusNotFound, "SESSION_NOT_FOUND")

	tablet := phone.signIn(t)
	laptop.do(t, http.MethodDelete, sessions+"/current", nil).want(t, http.StatusNoContent)
	signedOut(t, laptop)
	tablet.do(t, http.MethodGet, me, nil).want(t, http.StatusOK)
	tablet.do(t, http.MethodDelete, sessions, nil).want(t, http.StatusNoContent)
	signedOut(t, tablet)
	a := s.nobody().do(t, http.MethodPost, sessions+"/refresh", fields{"refresh_token": tablet.grant.RefreshToken})
	a.wantProblem(t, http.StatusUnauthorized, "BAD_REFRESH_TOKEN")
}

// refresh is a device that stays signed in.
func refresh(t *testing.T, s *system) {
	c := s.newUser(t)
	if c.grant.TokenType != "Bearer" || c.grant.ExpiresIn < 800 || c.grant.ExpiresIn > 900 {
		t.Errorf("the grant says %q, %d s", c.grant.TokenType, c.grant.ExpiresIn)
	}
	first := c.grant
	for range 3 {
		before := c.grant
		a := s.nobody().do(t, http.MethodPost, sessions+"/refresh", fields{"refresh_token": before.RefreshToken})
		c.keep(decode[grant](t, a.want(t, http.StatusCreated)))
		if c.grant.RefreshToken == before.RefreshToken || c.grant.AccessToken == before.AccessToken {
			t.Error("a refresh returned the tokens that it was given")
		}
		if a.header.Get("Cache-Control") != "no-store" {
			t.Errorf("Cache-Control of tokens: %q", a.header.Get("Cache-Control"))
		}
	}
	if got := decode[userResource](t, c.do(t, http.MethodGet, me, nil).want(t, http.StatusOK)); got.ID != first.User.ID {
		t.Errorf("after three refreshes it is %+v", got)
	}
	for _, bad := range []string{"x", c.grant.AccessToken, c.grant.RefreshToken + "x"} {
		s.nobody().do(t, http.MethodPost, sessions+"/refresh", fields{"refresh_token": bad}).
			wantProblem(t, http.StatusUnauthorized, "BAD_REFRESH_TOKEN")
	}
}

// passwords is a user who changes theirs, and somebody who guesses.
func passwords(t *testing.T, s *system) {
	c := s.newUser(t)
	other := c.signIn(t)
	const path = me + "/password"
	next := s.secret("Next " + rand.Text())

	c.do(t, http.MethodPut, path, fields{"current_password": "guess", "new_password": next}).wantProblem(t, http.StatusForbidden, "WRONG_PASSWORD")
	c.do(t, http.MethodPut, path, fields{"current_password": c.password, "new_password": "short"}, wrong()).
		wantProblem(t, http.StatusBadRequest, "INVALID_ARGUMENT", "new_password")
	c.do(t, http.MethodPut, path, fields{"current_password": c.password, "new_password": next}).want(t, http.StatusNoContent)
	signedOut(t, other)
	c.do(t, http.MethodGet, me, nil).want(t, http.StatusOK)

	unknown := s.nobody().do(t, http.MethodPost, sessions, fields{"user_name": "nobody-" + c.name[:8], "password": c.password})
	old := s.nobody().do(t, http.MethodPost, sessions, fields{"user_name": c.name, "password": c.password})
	u, o := unknown.wantProblem(t, http.StatusUnauthorized, "BAD_CREDENTIALS"), old.wantProblem(t, http.StatusUnauthorized, "BAD_CREDENTIALS")
	if u.Title != o.Title || u.Detail != o.Detail {
		t.Errorf("the answer tells whether the name exists: %q %q", unknown.body, old.body)
	}
	if old.header.Get("WWW-Authenticate") == "" {
		t.Error("401 without WWW-Authenticate")
	}
	c.password = next
	c.signIn(t)
}
