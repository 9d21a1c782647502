package authentication_test

import (
	"errors"
	"net/http/httptest"
	"testing"
	"time"

	"todokit/gateway/authentication"
	"todokit/pkg/errs"
	"todokit/pkg/rest"
	"todokit/pkg/token"
)

func TestAuthenticate_ValidToken_CallerIsInContext(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	raw := f.sign(token.TasksRead, f.now.Add(time.Minute))
	for _, header := range []string{"Bearer " + raw, "bearer  " + raw} {
		c, bearer, _, err := f.authenticate(f.Authenticate, header)
		if err != nil || c.Caller != f.caller || c.Scopes != token.TasksRead || bearer != raw {
			t.Errorf("%.9s: %+v, the services see %q, %v", header, c, bearer, err)
		}
	}
}

func TestAuthenticate_InvalidHeader_Unauthenticated(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.now = f.now.Add(time.Hour)
	future := f.sign(token.AllScopes, f.now.Add(time.Hour))
	f.now = f.now.Add(-time.Hour)
	good := f.sign(token.AllScopes, f.now.Add(time.Minute))
	for name, header := range map[string][]string{
		"none":          nil,
		"empty":         {""},
		"no scheme":     {good},
		"other scheme":  {"Basic " + good},
		"no token":      {"Bearer"},
		"two headers":   {"Bearer " + good, "Bearer " + good},
		"cut off":       {"Bearer " + good[:len(good)-2]},
		"two tokens":    {"Bearer " + good + " " + good},
		"in the future": {"Bearer " + future},
		"expired":       {"Bearer " + f.sign(token.AllScopes, f.now.Add(-time.Minute))},
	} {
		c, bearer, _, err := f.authenticate(f.Authenticate, header...)
		if !errors.Is(err, errs.ErrUnauthenticated) || c != (authentication.Caller{}) || bearer != "" {
			t.Errorf("%s: %+v %q %v", name, c, bearer, err)
		}
	}
}

func TestAuthenticate_RevokedSession_Unauthenticated(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	raw := f.sign(token.AllScopes, f.now.Add(time.Minute))
	f.trust.Apply(2, token.Change{Sequence: 2, Expires: f.now.Add(time.Hour), Session: f.caller.SessionID})
	if _, _, _, err := f.authenticate(f.Authenticate, "Bearer "+raw); !errors.Is(err, errs.ErrUnauthenticated) {
		t.Error(err)
	}
}

func TestAuthenticate_NoKeysYet_Unavailable(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	raw := f.sign(token.AllScopes, f.now.Add(time.Minute))
	f.trust = token.NewTrust(f.clock)
	f.start(authentication.Options{})
	if _, _, _, err := f.authenticate(f.Authenticate, "Bearer "+raw); !errors.Is(err, errs.ErrUnavailable) {
		t.Error(err)
	}
}

func TestRequireScope(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	withScope := func(next rest.Handler) rest.Handler {
		return f.Authenticate(authentication.RequireScope(token.TasksWrite)(next))
	}
	for scopes, want := range map[token.Scopes]error{
		token.TasksWrite:                   nil,
		token.AllScopes:                    nil,
		token.TasksRead:                    errs.ErrForbidden,
		token.TasksRead | token.Account:    errs.ErrForbidden,
		0:                                  errs.ErrForbidden,
		token.TasksWrite | token.TasksRead: nil,
	} {
		_, _, w, err := f.authenticate(withScope, "Bearer "+f.sign(scopes, f.now.Add(time.Minute)))
		if !errors.Is(err, want) {
			t.Errorf("%q: %v", scopes, err)
		}
		challenge := ""
		if want != nil {
			challenge = `Bearer realm="todokit", error="insufficient_scope", scope="tasks:write"`
		}
		if got := w.Header().Get("WWW-Authenticate"); got != challenge {
			t.Errorf("%q: WWW-Authenticate: %s", scopes, got)
		}
	}
}

func TestCallerOf_RequestWithoutToken_Zero(t *testing.T) {
	t.Parallel()
	if c := authentication.CallerOf(httptest.NewRequest("GET", "/", nil).Context()); c != (authentication.Caller{}) {
		t.Errorf("%+v", c)
	}
}
