// Package tasktransport carries the task service over gRPC: its server and its
// client, side by side, so that what one encodes the other decodes.
package tasktransport

import (
	"context"

	"google.golang.org/protobuf/types/known/emptypb"

	taskv1 "todokit/api/task/v1"
	"todokit/pkg/callbatch"
	"todokit/pkg/rpc"
	"todokit/pkg/token"
	"todokit/task"
)

type server struct {
	taskv1.UnimplementedTaskServiceServer
	svc task.Service
}

// NewServer serves a task.Service with a server of package rpc, which has
// checked who calls: it is for rpc.ServerOptions.Services.
func NewServer(svc task.Service) []rpc.Service {
	return callbatch.Services(rpc.Service{Desc: &taskv1.TaskService_ServiceDesc, Impl: &server{svc: svc}})
}

// decoder passes on whether the call is marked as a repeat: the mark travels
// beside the message, since it is set where calls are repeated.
func decoder[Msg, Req any](ctx context.Context, decode func(token.Claims, Msg, bool) (Req, error)) func(token.Claims, Msg) (Req, error) {
	return func(caller token.Claims, m Msg) (Req, error) { return decode(caller, m, rpc.Repeated(ctx)) }
}

// CreateList is part of taskv1.TaskServiceServer.
func (s *server) CreateList(ctx context.Context, m *taskv1.CreateListRequest) (*taskv1.List, error) {
	return rpc.Serve(ctx, m, decodeCreateList, s.svc.CreateList, encodeList)
}

// GetList is part of taskv1.TaskServiceServer.
func (s *server) GetList(ctx context.Context, m *taskv1.GetListRequest) (*taskv1.List, error) {
	return rpc.Serve(ctx, m, decodeRef, s.svc.GetList, encodeList)
}

// ListLists is part of taskv1.TaskServiceServer.
func (s *server) ListLists(ctx context.Context, m *taskv1.ListListsRequest) (*taskv1.ListListsResponse, error) {
	return rpc.Serve(ctx, m, decodeListQuery, s.svc.ListLists, encodeListPage)
}

// UpdateList is part of taskv1.TaskServiceServer.
func (s *server) UpdateList(ctx context.Context, m *taskv1.UpdateListRequest) (*taskv1.List, error) {
	return rpc.Serve(ctx, m, decoder(ctx, decodeUpdateList), s.svc.UpdateList, encodeList)
}

// DeleteList is part of taskv1.TaskServiceServer.
func (s *server) DeleteList(ctx context.Context, m *taskv1.DeleteListRequest) (*emptypb.Empty, error) {
	return rpc.Serve(ctx, m, decoder(ctx, decodeDeleteList), s.svc.DeleteList, rpc.Nothing)
}

// CreateTask is part of taskv1.TaskServiceServer.
func (s *server) CreateTask(ctx context.Context, m *taskv1.CreateTaskRequest) (*taskv1.Task, error) {
	return rpc.Serve(ctx, m, decodeCreateTask, s.svc.CreateTask, encodeTask)
}

// GetTask is part of taskv1.TaskServiceServer.
func (s *server) GetTask(ctx context.Context, m *taskv1.GetTaskRequest) (*taskv1.Task, error) {
	return rpc.Serve(ctx, m, decodeRef, s.svc.GetTask, encodeTask)
}

// ListTasks is part of taskv1.TaskServiceServer.
func (s *server) ListTasks(ctx context.Context, m *taskv1.ListTasksRequest) (*taskv1.ListTasksResponse, error) {
	return rpc.Serve(ctx, m, decodeQuery, s.svc.ListTasks, encodePage)
}

// UpdateTask is part of taskv1.TaskServiceServer.
func (s *server) UpdateTask(ctx context.Context, m *taskv1.UpdateTaskRequest) (*taskv1.Task, error) {
	return rpc.Serve(ctx, m, decoder(ctx, decodeUpdateTask), s.svc.UpdateTask, encodeTask)
}

// DeleteTask is part of taskv1.TaskServiceServer.
func (s *server) DeleteTask(ctx context.Context, m *taskv1.DeleteTaskRequest) (*emptypb.Empty, error) {
	return rpc.Serve(ctx, m, decoder(ctx, decodeDeleteTask), s.svc.DeleteTask, rpc.Nothing)
}

// RestoreTask is part of taskv1.TaskServiceServer.
func (s *server) RestoreTask(ctx context.Context, m *taskv1.RestoreTaskRequest) (*taskv1.Task, error) {
	return rpc.Serve(ctx, m, decoder(ctx, decodeRestoreTask), s.svc.RestoreTask, encodeTask)
}

// Peek is part of taskv1.TaskServiceServer.
func (s *server) Peek(ctx context.Context, m *taskv1.PeekRequest) (*taskv1.PeekResponse, error) {
	return rpc.Serve(ctx, m, decodePeek, s.svc.Peek, encodePeeked)
}
