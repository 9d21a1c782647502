// Package taskendpoint makes go-kit endpoints of the task service, so that
// middlewares apply to it, and a task.Service of the endpoints again.
package taskendpoint

import (
	"context"

	"github.com/go-kit/kit/endpoint"

	"todokit/pkg/typed"
	"todokit/task"
)

// Set is the endpoints of the service, one for each method. It is itself a
// task.Service: New makes one of the domain's, tasktransport.NewClient one of a
// connection.
type Set struct {
	CreateListEndpoint typed.Func[task.CreateList, task.List]
	GetListEndpoint    typed.Func[task.GetList, task.Read[task.List]]
	ListListsEndpoint  typed.Func[task.ListLists, task.Read[task.ListPage]]
	UpdateListEndpoint typed.Func[task.UpdateList, task.List]
	DeleteListEndpoint typed.Func[task.DeleteList, struct{}]

	CreateTaskEndpoint  typed.Func[task.CreateTask, task.Task]
	GetTaskEndpoint     typed.Func[task.GetTask, task.Read[task.Task]]
	ListTasksEndpoint   typed.Func[task.ListTasks, task.Read[task.TaskPage]]
	UpdateTaskEndpoint  typed.Func[task.UpdateTask, task.Task]
	DeleteTaskEndpoint  typed.Func[task.DeleteTask, struct{}]
	RestoreTaskEndpoint typed.Func[task.RestoreTask, task.Task]
}

var _ task.Service = Set{}

// New returns the endpoints of a service, each in the middleware that is made for
// its method's name ("CreateTask").
func New(svc task.Service, mw func(method string) endpoint.Middleware) Set {
	return Set{
		CreateListEndpoint: typed.Wrap(svc.CreateList, "CreateList", mw),
		GetListEndpoint:    typed.Wrap(svc.GetList, "GetList", mw),
		ListListsEndpoint:  typed.Wrap(svc.ListLists, "ListLists", mw),
		UpdateListEndpoint: typed.Wrap(svc.UpdateList, "UpdateList", mw),
		DeleteListEndpoint: typed.Wrap(svc.DeleteList, "DeleteList", mw),

		CreateTaskEndpoint:  typed.Wrap(svc.CreateTask, "CreateTask", mw),
		GetTaskEndpoint:     typed.Wrap(svc.GetTask, "GetTask", mw),
		ListTasksEndpoint:   typed.Wrap(svc.ListTasks, "ListTasks", mw),
		UpdateTaskEndpoint:  typed.Wrap(svc.UpdateTask, "UpdateTask", mw),
		DeleteTaskEndpoint:  typed.Wrap(svc.DeleteTask, "DeleteTask", mw),
		RestoreTaskEndpoint: typed.Wrap(svc.RestoreTask, "RestoreTask", mw),
	}
}

func (s Set) CreateList(ctx context.Context, r task.CreateList) (task.List, error) {
	return s.CreateListEndpoint(ctx, r)
}

func (s Set) GetList(ctx context.Context, r task.GetList) (task.Read[task.List], error) {
	return s.GetListEndpoint(ctx, r)
}

func (s Set) ListLists(ctx context.Context, r task.ListLists) (task.Read[task.ListPage], error) {
	return s.ListListsEndpoint(ctx, r)
}

func (s Set) UpdateList(ctx context.Context, r task.UpdateList) (task.List, error) {
	return s.UpdateListEndpoint(ctx, r)
}

func (s Set) DeleteList(ctx context.Context, r task.DeleteList) (struct{}, error) {
	return s.DeleteListEndpoint(ctx, r)
}

func (s Set) CreateTask(ctx context.Context, r task.CreateTask) (task.Task, error) {
	return s.CreateTaskEndpoint(ctx, r)
}

func (s Set) GetTask(ctx context.Context, r task.GetTask) (task.Read[task.Task], error) {
	return s.GetTaskEndpoint(ctx, r)
}

func (s Set) ListTasks(ctx context.Context, r task.ListTasks) (task.Read[task.TaskPage], error) {
	return s.ListTasksEndpoint(ctx, r)
}

func (s Set) UpdateTask(ctx context.Context, r task.UpdateTask) (task.Task, error) {
	return s.UpdateTaskEndpoint(ctx, r)
}

func (s Set) DeleteTask(ctx context.Context, r task.DeleteTask) (struct{}, error) {
	return s.DeleteTaskEndpoint(ctx, r)
}

func (s Set) RestoreTask(ctx context.Context, r task.RestoreTask) (task.Task, error) {
	return s.RestoreTaskEndpoint(ctx, r)
}
