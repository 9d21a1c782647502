package tasktransport_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/go-kit/kit/endpoint"
	"github.com/go-kit/log"
	"github.com/oklog/ulid/v2"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	taskv1 "todokit/api/task/v1"
	"todokit/pkg/errs"
	"todokit/pkg/mutation"
	"todokit/pkg/rpc"
	"todokit/pkg/token"
	"todokit/task"
	"todokit/task/tasktest"
	"todokit/task/tasktransport"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// named is a Verifier whose tokens are the ids of users. One that may not do
// everything has its scopes behind the id.
type named struct{}

func (named) Verify(_ context.Context, raw string) (token.Claims, error) {
	name, scopes, limited := strings.Cut(raw, " ")
	id, err := ulid.ParseStrict(name)
	if err != nil {
		return token.Claims{}, errs.ErrUnauthenticated.Wrap(err)
	}
	if !limited {
		scopes = token.AllScopes.String()
	}
	return token.Claims{UserID: id, Scopes: token.ParseScopes(scopes)}, nil
}

func as(ctx context.Context, owner ulid.ULID) context.Context {
	return token.WithBearer(ctx, owner.String())
}

// connect starts a server of package rpc over a service.
func connect(t *testing.T, svc task.Service) *grpc.ClientConn {
	t.Helper()
	listener := bufconn.Listen(1 << 20)
	server := rpc.NewServer(rpc.ServerOptions{
		Logger: log.NewNopLogger(), Registerer: prometheus.NewRegistry(),
		Verifier: named{}, Scopes: tasktransport.Scopes(), Services: tasktransport.NewServer(svc),
	})
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	conn, err := grpc.NewClient("passthrough:///task", append(rpc.DialOptions(),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	})
	return conn
}

func plain(string) endpoint.Middleware {
	return func(next endpoint.Endpoint) endpoint.Endpoint { return next }
}

// newClient returns a client of a new service.
func newClient(t *testing.T) task.Service {
	t.Helper()
	return tasktransport.NewClient(connect(t, task.NewService(tasktest.NewStore(), task.Options{})), plain, tasktransport.Options{Batch: true})
}

func TestService(t *testing.T) {
	t.Parallel()
	tasktest.TestService(t, func(t *testing.T, o task.Options) tasktest.Subject {
		conn := connect(t, task.NewService(tasktest.NewStore(), o))
		return tasktest.Subject{Service: tasktransport.NewClient(conn, plain, tasktransport.Options{Batch: true}), As: as}
	})
}

func TestClient_OwnerInRequest_TokenDecides(t *testing.T) {
	t.Parallel()
	svc := newClient(t)
	mine, theirs := ulid.Make(), ulid.Make()
	l, err := svc.GetList(as(t.Context(), mine), task.GetList{Ref: task.Ref{Owner: theirs, ID: mine}})
	if err != nil || l.Value.Owner != mine {
		t.Errorf("got %+v, %v", l, err)
	}
	_, err = svc.GetList(as(t.Context(), mine), task.GetList{Ref: task.Ref{Owner: theirs, ID: theirs}})
	if !errors.Is(err, task.ErrListNotFound) {
		t.Errorf("got %v", err)
	}
	if _, err = svc.ListLists(t.Context(), task.ListLists{Owner: mine}); !errors.Is(err, errs.ErrUnauthenticated) {
		t.Errorf("got %v", err)
	}
}

// Whoever repeats a call need not know its message.
func TestClient_RepeatMarkedInContext_IsRepeat(t *testing.T) {
	t.Parallel()
	svc := newClient(t)
	owner := ulid.Make()
	ctx := as(t.Context(), owner)
	purge := task.DeleteTask{Ref: task.Ref{Owner: owner, ID: ulid.Make()}, Mutation: mutation.Mutation{ID: ulid.Make()}, Purge: true}
	if _, err := svc.DeleteTask(ctx, purge); !errors.Is(err, task.ErrTaskNotFound) {
		t.Errorf("got %v", err)
	}
	if _, err := svc.DeleteTask(rpc.MarkRepeat(ctx), purge); err != nil {
		t.Errorf("got %v", err)
	}
}

func TestServer_MalformedMessage_NamesTheField(t *testing.T) {
	t.Parallel()
	c := taskv1.NewTaskServiceClient(connect(t, task.NewService(tasktest.NewStore(), task.Options{})))
	ctx := as(t.Context(), ulid.Make())
	id := ulid.Make().Bytes()
	m := &taskv1.Mutation{Id: id}
	mask := func(paths ...string) *fieldmaskpb.FieldMask { return &fieldmaskpb.FieldMask{Paths: paths} }
	for name, call := range map[string]func() error{
		"id REQUIRED": func() error { _, err := c.GetTask(ctx, &taskv1.GetTaskRequest{}); return err },
		"id BAD_FORMAT": func() error {
			_, err := c.GetList(ctx, &taskv1.GetListRequest{Id: id[1:]})
			return err
		},
		"mutation.id REQUIRED": func() error {
			_, err := c.DeleteTask(ctx, &taskv1.DeleteTaskRequest{Id: id})
			return err
		},
		"mutation.id BAD_FORMAT": func() error {
			_, err := c.RestoreTask(ctx, &taskv1.RestoreTaskRequest{Id: id, Mutation: &taskv1.Mutation{Id: []byte("x")}})
			return err
		},
		"list_id BAD_FORMAT": func() error {
			_, err := c.ListTasks(ctx, &taskv1.ListTasksRequest{ListId: []byte("inbox")})
			return err
		},
		"idempotency.fingerprint BAD_FORMAT": func() error {
			_, err := c.CreateList(ctx, &taskv1.CreateListRequest{Id: id, Idempotency: &taskv1.Idempotency{Key: "k"}})
			return err
		},
		"update_mask.paths[1] UNKNOWN_FIELD": func() error {
			_, err := c.UpdateTask(ctx, &taskv1.UpdateTaskRequest{Task: &taskv1.Task{Id: id}, Mutation: m, UpdateMask: mask("title", "owner")})
			return err
		},
		"update_mask.paths[0] UNKNOWN_FIELD": func() error {
			_, err := c.UpdateList(ctx, &taskv1.UpdateListRequest{List: &taskv1.List{Id: id}, Mutation: m, UpdateMask: mask("version")})
			return err
		},
		"status NOT_ALLOWED": func() error {
			_, err := c.CreateTask(ctx, &taskv1.CreateTaskRequest{Task: &taskv1.Task{Id: id, Title: "t", Status: 77}})
			return err
		},
	} {
		err := rpc.FromStatus(call())
		if !errors.Is(err, errs.ErrInvalid) {
			t.Errorf("%s: got %v", name, err)
			continue
		}
		if fields := errs.From(err).Fields; len(fields) != 1 || fields[0].Name+" "+fields[0].Code != name {
			t.Errorf("%s: got %+v", name, fields)
		}
	}
	// Nothing at all is no reason to fall over.
	for _, call := range []func() error{
		func() error { _, err := c.CreateTask(ctx, &taskv1.CreateTaskRequest{}); return err },
		func() error { _, err := c.UpdateTask(ctx, &taskv1.UpdateTaskRequest{}); return err },
		func() error { _, err := c.UpdateList(ctx, &taskv1.UpdateListRequest{}); return err },
		func() error { _, err := c.DeleteList(ctx, &taskv1.DeleteListRequest{}); return err },
	} {
		if err := rpc.FromStatus(call()); !errors.Is(err, errs.ErrInvalid) {
			t.Errorf("got %v", err)
		}
	}
}
