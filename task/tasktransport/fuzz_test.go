package tasktransport_test

import (
	"context"
	"testing"

	"github.com/oklog/ulid/v2"
	"google.golang.org/protobuf/proto"

	taskv1 "todokit/api/task/v1"
	"todokit/pkg/errs"
	"todokit/pkg/rpc"
	"todokit/pkg/token"
	"todokit/task"
	"todokit/task/tasktest"
	"todokit/task/tasktransport"
)

// fuzzed is a method of the server that decodes some bytes first.
type fuzzed func(ctx context.Context, wire []byte) error

// decoded refuses bytes that are no message, as gRPC itself does.
func decoded[Msg any, P interface {
	*Msg
	proto.Message
}, Reply any](method func(context.Context, P) (Reply, error)) fuzzed {
	return func(ctx context.Context, wire []byte) error {
		m := P(new(Msg))
		err := proto.Unmarshal(wire, m)
		if err == nil {
			_, err = method(ctx, m)
			return err
		}
		return errs.ErrInvalid.Wrap(err)
	}
}

// No message, however odd, is refused with an error that would be ours.
func FuzzServer_AnyMessage_NoInternalError(f *testing.F) {
	services := tasktransport.NewServer(task.NewService(tasktest.NewStore(), task.Options{}))
	s, _ := services[0].Impl.(taskv1.TaskServiceServer)
	methods := []fuzzed{
		decoded(s.CreateList), decoded(s.GetList), decoded(s.ListLists), decoded(s.UpdateList), decoded(s.DeleteList),
		decoded(s.CreateTask), decoded(s.GetTask), decoded(s.ListTasks), decoded(s.UpdateTask), decoded(s.DeleteTask), decoded(s.RestoreTask),
	}
	id := ulid.Make().Bytes()
	for _, m := range []proto.Message{
		&taskv1.CreateTaskRequest{Task: &taskv1.Task{Id: id, Title: "t", Due: &taskv1.When{Date: "2026-11-22"}, Labels: []string{"a"}}},
		&taskv1.ListTasksRequest{ListId: id, OrderBy: "-due", PageSize: 7},
		&taskv1.DeleteTaskRequest{Id: id, Mutation: &taskv1.Mutation{Id: id}, Purge: true},
	} {
		wire, err := proto.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		for n := range methods {
			f.Add(n, wire)
		}
	}
	ctx := rpc.WithCaller(f.Context(), token.Claims{UserID: ulid.Make()})
	f.Fuzz(func(t *testing.T, n int, wire []byte) {
		err := methods[(n%len(methods)+len(methods))%len(methods)](ctx, wire)
		if err != nil && errs.KindOf(err) == errs.Internal {
			t.Error(err)
		}
	})
}
