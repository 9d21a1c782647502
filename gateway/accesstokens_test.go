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

// exchangeCounter is a user service that counts what it exchanges, and can be
// out of reach for exchanges.
type exchangeCounter struct {
	user.Service
	exchanged int
	err       error
}

func (c *exchangeCounter) ExchangePersonalToken(ctx context.Context, secret string) (user.AccessToken, error) {
	if c.err != nil {
		return user.AccessToken{}, c.err
	}
	c.exchanged++
	return c.Service.ExchangePersonalToken(ctx, secret)
}

// bearerRecorder notes the credential that comes to the task service.
type bearerRecorder struct {
	task.Service
	bearer string
}

func (l *bearerRecorder) ListTasks(ctx context.Context, in task.ListTasks) (task.Read[task.TaskPage], error) {
	l.bearer = token.Bearer(ctx)
	return l.Service.ListTasks(ctx, in)
}

// personalTokenFixture has a personal access token that may read tasks.
type personalTokenFixture struct {
	*fixture
	users      *exchangeCounter
	tasks      *bearerRecorder
	id, secret string
	session    string // the access token of its owner
}

func newPersonalTokenFixture(t *testing.T) *personalTokenFixture {
	t.Helper()
	f := &personalTokenFixture{fixture: newFixture(t)}
	f.users, f.tasks = &exchangeCounter{Service: f.fixture.users}, &bearerRecorder{Service: f.fixture.tasks}
	f.fixture.users, f.fixture.tasks = f.users, f.tasks
	f.start()
	f.session = f.join(t, "mei")
	made := f.want(t, 201, req{method: "POST", path: "/api/v1/access-tokens", body: `{"name": "backup", "scopes": ["tasks:read"]}`, token: f.session})
	f.id, f.secret = made["id"].(string), made["token"].(string)
	return f
}

func (f *personalTokenFixture) wantRead(t *testing.T, status, exchanged int) {
	t.Helper()
	if got := f.do(t, req{method: "GET", path: "/api/v1/tasks", token: f.secret}).Code; got != status || f.users.exchanged != exchanged {
		t.Fatalf("%d after %d exchanges, want %d after %d", got, f.users.exchanged, status, exchanged)
	}
}

func TestPersonalToken_ServicesSeeAccessTokenOnly(t *testing.T) {
	t.Parallel()
	f := newPersonalTokenFixture(t)
	f.wantRead(t, 200, 1)
	f.wantRead(t, 200, 1)
	claims, err := token.NewVerifier(f.trust, f.clock.Now, nil).Verify(t.Context(), f.tasks.bearer)
	if err != nil || claims.Scopes != token.TasksRead || claims.SessionID.String() != f.id {
		t.Fatalf("%q says %+v, %v", f.tasks.bearer, claims, err)
	}
	if strings.Contains(f.log.String(), f.secret) {
		t.Error("the secret is in the log")
	}
}

func TestPersonalToken_Revoked_UnauthenticatedAtOnce(t *testing.T) {
	t.Parallel()
	f := newPersonalTokenFixture(t)
	f.wantRead(t, 200, 1)
	f.want(t, 204, req{method: "DELETE", path: "/api/v1/access-tokens/" + f.id, token: f.session})
	// The trust log tells, and nobody has to be asked.
	f.trust.Apply(2, token.Change{Sequence: 2, Session: ulid.MustParse(f.id), Expires: f.clock.Now().Add(time.Hour)})
	f.users.err = errs.ErrUnavailable
	f.wantRead(t, 401, 1)
	f.users.err = nil
	f.wantRead(t, 401, 1)
}

func TestPersonalToken_UserServiceOutOfReach_ServesUntilAccessTokenEnds(t *testing.T) {
	t.Parallel()
	f := newPersonalTokenFixture(t)
	f.wantRead(t, 200, 1)
	f.users.err = errs.ErrUnavailable
	f.clock.Add(user.AccessTokenLife - 30*time.Second)
	f.wantRead(t, 200, 1)
	f.clock.Add(time.Minute)
	f.wantRead(t, 503, 1)
	f.users.err = nil
	f.wantRead(t, 200, 2)
}

func TestPersonalToken_MadeUp_ReachesNobody(t *testing.T) {
	t.Parallel()
	f := newPersonalTokenFixture(t)
	for _, secret := range []string{"tdk_", f.secret[:len(f.secret)-1], f.secret + "0", strings.ToUpper(f.secret)} {
		if got := f.do(t, req{method: "GET", path: "/api/v1/tasks", token: secret}).Code; got != 401 {
			t.Errorf("%q: %d", secret, got)
		}
	}
	f.wantRead(t, 200, 1)
}
