package gateway_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-kit/kit/endpoint"
	"github.com/go-kit/log"
	"github.com/oklog/ulid/v2"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	"todokit/gateway"
	"todokit/pkg/rest"
	"todokit/pkg/rpc"
	"todokit/pkg/token"
	"todokit/task"
	"todokit/task/tasktest"
	"todokit/task/tasktransport"
)

// blockedStore is a store whose reads of a task block until their context ends.
type blockedStore struct {
	task.Store
	asked chan context.Context // gets what each statement would run under
}

func (s blockedStore) Task(ctx context.Context, _ task.GetTask) (task.Read[task.Task], error) {
	s.asked <- ctx
	<-ctx.Done()
	return task.Read[task.Task]{}, ctx.Err()
}

// newBlockedFixture is a gateway in front of a task service with a store that
// blocks, with gRPC in between as in production.
func newBlockedFixture(t *testing.T, timeout time.Duration) (f *fixture, asked chan context.Context) {
	t.Helper()
	f = newFixture(t)
	asked = make(chan context.Context, 1)
	rules := task.NewService(blockedStore{tasktest.NewStore(), asked}, task.Options{Now: f.clock.Now})
	listener := bufconn.Listen(1 << 20)
	server := rpc.NewServer(rpc.ServerOptions{
		Logger: log.NewNopLogger(), Registerer: prometheus.NewRegistry(),
		Verifier: token.NewVerifier(f.trust, f.clock.Now, nil), Scopes: tasktransport.Scopes(),
		Services: tasktransport.NewServer(rules),
	})
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	conn, err := grpc.NewClient("passthrough:///task", append(rpc.DialOptions(),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	f.tasks = tasktransport.NewClient(conn, func(string) endpoint.Middleware { return func(e endpoint.Endpoint) endpoint.Endpoint { return e } }, tasktransport.Options{Batch: true})
	f.startWith(gateway.Limits{Timeout: timeout})
	return f, asked
}

func TestDeadline_OfRequest_ReachesStatement(t *testing.T) {
	t.Parallel()
	const limit = 400 * time.Millisecond
	f, asked := newBlockedFixture(t, limit)
	mei := f.join(t, "mei")
	begin := time.Now()
	w := f.do(t, req{method: "GET", path: "/api/v1/tasks/" + ulid.Make().String(), token: mei})
	deadline, ok := (<-asked).Deadline()
	if !ok || deadline.Sub(begin) > time.Since(begin) {
		t.Errorf("the statement had until %v after the request", deadline.Sub(begin))
	}
	// Either the service says in time that it is too late, or the gateway does.
	problem := decode[rest.Problem](t, w)
	if w.Code != http.StatusServiceUnavailable && problem.Code != "DEADLINE_EXCEEDED" {
		t.Errorf("%d %+v", w.Code, problem)
	}
}

func TestDeadline_ClientGone_StatementStops(t *testing.T) {
	t.Parallel()
	f, asked := newBlockedFixture(t, time.Hour)
	mei := f.join(t, "mei")
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	ctx, leave := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/api/v1/tasks/"+ulid.Make().String(), strings.NewReader(""))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+mei)
	gone := make(chan error, 1)
	go func() {
		w, err := server.Client().Do(r)
		if err == nil {
			_ = w.Body.Close()
		}
		gone <- err
	}()
	statement := <-asked
	leave()
	if err := <-gone; err == nil {
		t.Error("the client did not leave")
	}
	<-statement.Done() // or the test never ends
}
