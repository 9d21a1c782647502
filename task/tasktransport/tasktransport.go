// Package tasktransport carries the task service over gRPC: its server and its
// client, side by side, so that what one encodes the other decodes.
package tasktransport

import (
	"context"

	"github.com/go-kit/kit/endpoint"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"

	taskv1 "todokit/api/task/v1"
	"todokit/pkg/callbatch"
	"todokit/pkg/rpc"
	"todokit/pkg/token"
	"todokit/pkg/typed"
	"todokit/task"
	"todokit/task/taskendpoint"
)

// ServiceName is the full name of the gRPC service that every task instance has.
const ServiceName = "task.v1.TaskService"

// method is what has to be known of a method beside its messages.
type method struct {
	name  string          // in full
	scope token.Scopes    // what the token must allow
	batch *callbatch.Rule // which calls are sent together; nil: none
}

func methods() []method {
	create := &callbatch.Rule{}
	update := &callbatch.Rule{Turn: taskOf} // see task.Service: those of one task take turns
	read := &callbatch.Rule{Read: true}
	// Most calls that name a revision are answered "not modified". The others take
	// longer, and would hold up their batch.
	conditional := &callbatch.Rule{Read: true, If: func(request proto.Message) bool { return knowsRevision(request) && !Scans(request) }}
	return []method{
		{name: taskv1.TaskService_CreateList_FullMethodName, scope: token.TasksWrite},
		{name: taskv1.TaskService_GetList_FullMethodName, scope: token.TasksRead},
		{name: taskv1.TaskService_ListLists_FullMethodName, scope: token.TasksRead, batch: conditional},
		{name: taskv1.TaskService_UpdateList_FullMethodName, scope: token.TasksWrite},
		{name: taskv1.TaskService_DeleteList_FullMethodName, scope: token.TasksWrite},

		{name: taskv1.TaskService_CreateTask_FullMethodName, scope: token.TasksWrite, batch: create},
		{name: taskv1.TaskService_GetTask_FullMethodName, scope: token.TasksRead, batch: read},
		{name: taskv1.TaskService_ListTasks_FullMethodName, scope: token.TasksRead, batch: conditional},
		{name: taskv1.TaskService_UpdateTask_FullMethodName, scope: token.TasksWrite, batch: update},
		{name: taskv1.TaskService_DeleteTask_FullMethodName, scope: token.TasksWrite},
		{name: taskv1.TaskService_RestoreTask_FullMethodName, scope: token.TasksWrite},
	}
}

// Scopes returns what a token must allow for each method, for rpc.ServerOptions.
func Scopes() map[string]token.Scopes {
	scopes := map[string]token.Scopes{}
	for _, m := range methods() {
		scopes[m.name] = m.scope
	}
	return scopes
}

func taskOf(request proto.Message) string {
	if r, ok := request.(*taskv1.UpdateTaskRequest); ok {
		return string(r.GetTask().GetId())
	}
	return ""
}

func knowsRevision(request proto.Message) bool {
	r, ok := request.(interface{ GetKnown() int64 })
	return ok && r.GetKnown() != 0
}

// Scans says whether a message asks for a page for which all that its user has
// may have to be looked at.
func Scans(request any) bool {
	m, ok := request.(*taskv1.ListTasksRequest)
	if !ok {
		return false
	}
	r, err := decodeListTasks(token.Claims{}, m)
	return err == nil && r.Scans()
}

func batchRules() map[string]callbatch.Rule {
	rules := map[string]callbatch.Rule{}
	for _, m := range methods() {
		if m.batch != nil {
			rules[m.name] = *m.batch
		}
	}
	return rules
}

// Options of a client.
type Options struct {
	Batch bool // small calls that are made at the same time are sent together
}

// NewClient returns the endpoints of the task service at the other end of a
// connection, each in the middleware that is made for its name. The owner in a
// request is not sent: it is whoever the token of the context (token.WithBearer)
// belongs to.
func NewClient(cc grpc.ClientConnInterface, mw func(method string) endpoint.Middleware, o Options) taskendpoint.Set {
	c := taskv1.NewTaskServiceClient(callbatch.NewClient(cc, callbatch.Options{Rules: batchRules(), Disabled: !o.Batch}))
	return taskendpoint.Set{
		CreateListEndpoint: typed.Wrap(rpc.Call(encodeCreateList, withUTF8Errors(c.CreateList), DecodeList), "CreateList", mw),
		GetListEndpoint:    typed.Wrap(rpc.Call(encodeGetList, c.GetList, decodeGetListReply), "GetList", mw),
		ListListsEndpoint:  typed.Wrap(rpc.Call(encodeListLists, withUTF8Errors(c.ListLists), decodeListListsReply), "ListLists", mw),
		UpdateListEndpoint: typed.Wrap(rpc.Call(encodeUpdateList, withUTF8Errors(c.UpdateList), DecodeList), "UpdateList", mw),
		DeleteListEndpoint: typed.Wrap(rpc.Call(encodeDeleteList, c.DeleteList, rpc.None), "DeleteList", mw),

		CreateTaskEndpoint:  typed.Wrap(rpc.Call(encodeCreateTask, withUTF8Errors(c.CreateTask), DecodeTask), "CreateTask", mw),
		GetTaskEndpoint:     typed.Wrap(rpc.Call(encodeGetTask, c.GetTask, decodeGetTaskReply), "GetTask", mw),
		ListTasksEndpoint:   typed.Wrap(rpc.Call(encodeListTasks, withUTF8Errors(c.ListTasks), decodeListTasksReply), "ListTasks", mw),
		UpdateTaskEndpoint:  typed.Wrap(rpc.Call(encodeUpdateTask, withUTF8Errors(c.UpdateTask), DecodeTask), "UpdateTask", mw),
		DeleteTaskEndpoint:  typed.Wrap(rpc.Call(encodeDeleteTask, c.DeleteTask, rpc.None), "DeleteTask", mw),
		RestoreTaskEndpoint: typed.Wrap(rpc.Call(encodeRestoreTask, c.RestoreTask, DecodeTask), "RestoreTask", mw),
	}
}

type server struct {
	taskv1.UnimplementedTaskServiceServer
	svc task.Service
}

// NewServer serves a task.Service with a server of package rpc, which has
// checked who calls: it is for rpc.ServerOptions.Services.
func NewServer(svc task.Service) []rpc.Service {
	return callbatch.Services(rpc.Service{Desc: &taskv1.TaskService_ServiceDesc, Impl: &server{svc: svc}})
}

// withRepeat passes on whether the call is marked as a repeat: the mark travels
// beside the message, since it is set where calls are repeated.
func withRepeat[Msg, Req any](ctx context.Context, decode func(token.Claims, Msg, bool) (Req, error)) func(token.Claims, Msg) (Req, error) {
	return func(caller token.Claims, m Msg) (Req, error) { return decode(caller, m, rpc.Repeated(ctx)) }
}

func (s *server) CreateList(ctx context.Context, m *taskv1.CreateListRequest) (*taskv1.List, error) {
	return rpc.Serve(ctx, m, decodeCreateList, s.svc.CreateList, EncodeList)
}

func (s *server) GetList(ctx context.Context, m *taskv1.GetListRequest) (*taskv1.GetListResponse, error) {
	return rpc.Serve(ctx, m, decodeGetList, s.svc.GetList, encodeGetListReply)
}

func (s *server) ListLists(ctx context.Context, m *taskv1.ListListsRequest) (*taskv1.ListListsResponse, error) {
	return rpc.Serve(ctx, m, decodeListLists, s.svc.ListLists, encodeListListsReply)
}

func (s *server) UpdateList(ctx context.Context, m *taskv1.UpdateListRequest) (*taskv1.List, error) {
	return rpc.Serve(ctx, m, withRepeat(ctx, decodeUpdateList), s.svc.UpdateList, EncodeList)
}

func (s *server) DeleteList(ctx context.Context, m *taskv1.DeleteListRequest) (*emptypb.Empty, error) {
	return rpc.Serve(ctx, m, withRepeat(ctx, decodeDeleteList), s.svc.DeleteList, rpc.Nothing)
}

func (s *server) CreateTask(ctx context.Context, m *taskv1.CreateTaskRequest) (*taskv1.Task, error) {
	return rpc.Serve(ctx, m, decodeCreateTask, s.svc.CreateTask, EncodeTask)
}

func (s *server) GetTask(ctx context.Context, m *taskv1.GetTaskRequest) (*taskv1.GetTaskResponse, error) {
	return rpc.Serve(ctx, m, decodeGetTask, s.svc.GetTask, encodeGetTaskReply)
}

func (s *server) ListTasks(ctx context.Context, m *taskv1.ListTasksRequest) (*taskv1.ListTasksResponse, error) {
	return rpc.Serve(ctx, m, decodeListTasks, s.svc.ListTasks, encodeListTasksReply)
}

func (s *server) UpdateTask(ctx context.Context, m *taskv1.UpdateTaskRequest) (*taskv1.Task, error) {
	return rpc.Serve(ctx, m, withRepeat(ctx, decodeUpdateTask), s.svc.UpdateTask, EncodeTask)
}

func (s *server) DeleteTask(ctx context.Context, m *taskv1.DeleteTaskRequest) (*emptypb.Empty, error) {
	return rpc.Serve(ctx, m, withRepeat(ctx, decodeDeleteTask), s.svc.DeleteTask, rpc.Nothing)
}

func (s *server) RestoreTask(ctx context.Context, m *taskv1.RestoreTaskRequest) (*taskv1.Task, error) {
	return rpc.Serve(ctx, m, withRepeat(ctx, decodeRestoreTask), s.svc.RestoreTask, EncodeTask)
}
