package gateway_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
	"todokit/pkg/token"
	"todokit/task"
	"todokit/user"
)

// countingExchange is a user service that counts what it exchanges, and can be
// out of reach.
type countingExchange struct {
	user.Service
	exchanged int
	err       error
}

func (c *countingExchange) ExchangePersonalToken(ctx context.Context, secret string) (user.AccessToken, error) {
	if c.err != nil {
		return user.AccessToken{}, c.err
	}
	c.exchanged++
	return c.Service.ExchangePersonalToken(ctx, secret)
}

// script is a world with a personal access token in it.
type script struct {
	*fixture
	cashier    *countingExchange
	id, secret string
	session    string // the access token of its owner
}

func newScript(t *testing.T, body string) *script {
	t.Helper()
	f := newFixture(t)
	s := &script{world: w, cashier: &countingExchange{Service: f.users}}
	f.users = s.cashier
	f.start()
	s.session = f.join(t, "mei")
	made := f.want(t, 201, req{method: "POST", path: "/api/v1/access-tokens", body: body, token: s.session})
	s.id, s.secret = made["id"].(string), made["token"].(string)
	return s
}

const reader = `{"name": "backup", "scopes": ["tasks:read"]}`

func (s *script) read(t *testing.T) int {
	t.Helper()
	return s.do(t, req{method: "GET", path: "/api/v1/tasks", token: s.secret}).Code
}

func (s *script) wantRead(t *testing.T, status, exchanged int) {
	t.Helper()
	if got := s.read(t); got != status || s.cashier.exchanged != exchanged {
		t.Fatalf("%d after %d exchanges, want %d after %d", got, s.cashier.exchanged, status, exchanged)
	}
}

func TestAnAccessTokenIsExchangedOnceInItsLife(t *testing.T) {
	t.Parallel()
	s := newScript(t, reader)
	for range 3 {
		s.wantRead(t, 200, 1)
	}
	s.clock.Add(user.AccessTokenLife - 2*time.Minute)
	s.wantRead(t, 200, 1)
	s.clock.Add(time.Minute) // it would end before long
	s.wantRead(t, 200, 2)
	s.clock.Add(time.Hour)
	s.wantRead(t, 200, 3)
}

func TestARevokedAccessTokenIsGoneAtOnce(t *testing.T) {
	t.Parallel()
	s := newScript(t, reader)
	s.wantRead(t, 200, 1)
	s.want(t, 204, req{method: "DELETE", path: "/api/v1/access-tokens/" + s.id, token: s.session})
	// The trust log tells, and nobody has to be asked.
	s.trust.Apply(2, token.Change{Sequence: 2, Session: ulid.MustParse(s.id), Expires: s.clock.Now().Add(time.Hour)})
	s.cashier.err = errs.ErrUnavailable
	s.wantRead(t, 401, 1)
	s.cashier.err = nil
	s.wantRead(t, 401, 1)
}

func TestAnAccessTokenEndsInTime(t *testing.T) {
	t.Parallel()
	s := newScript(t, `{"name": "backup", "scopes": ["tasks:read"], "expire_time": "2026-11-22T09:40:00Z"}`)
	s.wantRead(t, 200, 1)
	s.clock.Set(time.Date(2026, 11, 22, 9, 39, 59, 0, time.UTC))
	if got := s.read(t); got != 200 {
		t.Errorf("a second before its end: %d", got)
	}
	s.clock.Add(time.Minute)
	if got := s.read(t); got != 401 {
		t.Errorf("after its end: %d", got)
	}
}

func TestAnAccessTokenOutlivesAnOutageOfTheUserService(t *testing.T) {
	t.Parallel()
	s := newScript(t, reader)
	s.wantRead(t, 200, 1)
	s.cashier.err = errs.ErrUnavailable
	s.clock.Add(user.AccessTokenLife - 30*time.Second)
	s.wantRead(t, 200, 1)
	s.clock.Add(time.Minute)
	s.wantRead(t, 503, 1)
	s.cashier.err = nil
	s.wantRead(t, 200, 2)
}

func TestMadeUpAccessTokensReachNobody(t *testing.T) {
	t.Parallel()
	s := newScript(t, reader)
	good := s.secret
	swapped := []byte(good)
	swapped[10], swapped[11] = swapped[11], swapped[10]
	if string(swapped) == good {
		swapped[10]++
	}
	for _, secret := range []string{
		"tdk_", "tdk_x", good[:len(good)-1], good + "0", strings.ToUpper(good), string(swapped), "tdk_" + strings.Repeat("é", 49),
		"tdk_" + strings.Repeat("0", 49), "tdk_" + strings.Repeat("!", 49),
	} {
		if got := s.do(t, req{method: "GET", path: "/api/v1/tasks", token: secret}).Code; got != 401 {
			t.Errorf("%q: %d", secret, got)
		}
	}
	if s.cashier.exchanged != 0 {
		t.Errorf("%d reached the user service", s.cashier.exchanged)
	}
	s.wantRead(t, 200, 1)
}

// listening notes the credential that comes to the task service.
type listening struct {
	task.Service
	bearer *string
}

func (l listening) ListTasks(ctx context.Context, q task.Query) (task.Page, error) {
	*l.bearer = token.Bearer(ctx)
	return l.Service.ListTasks(ctx, q)
}

func TestServicesSeeSignedTokensOnly(t *testing.T) {
	t.Parallel()
	s := newScript(t, reader)
	var told string
	s.tasks = listening{s.tasks, &told}
	s.start()
	s.wantRead(t, 200, 1)
	claims, err := token.NewVerifier(s.trust, s.clock.Now, nil).Verify(t.Context(), told)
	if err != nil || claims.Scopes != token.TasksRead || claims.SessionID.String() != s.id {
		t.Fatalf("%q says %+v, %v", told, claims, err)
	}
	if strings.Contains(s.log.String(), s.secret) {
		t.Error("the secret is in the log")
	}
}
