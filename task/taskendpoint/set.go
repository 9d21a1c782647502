// Package taskendpoint makes go-kit endpoints of the task service, so that
// middlewares apply to it, and a task.Service of the endpoints again.
package taskendpoint

import (
	"context"

	"github.com/go-kit/kit/endpoint"

	"todokit/pkg/typed"
	"todokit/task"
)

// Set is a task.Service, each method of which passes a chain of middlewares.
type Set struct {
	createList typed.Func[task.CreateList, task.List]
	getList    typed.Func[task.Ref, task.List]
	listLists  typed.Func[task.ListQuery, task.ListPage]
	updateList typed.Func[task.UpdateList, task.List]
	deleteList typed.Func[task.DeleteList, struct{}]

	createTask  typed.Func[task.CreateTask, task.Task]
	getTask     typed.Func[task.Ref, task.Task]
	listTasks   typed.Func[task.Query, task.Page]
	updateTask  typed.Func[task.UpdateTask, task.Task]
	deleteTask  typed.Func[task.DeleteTask, struct{}]
	restoreTask typed.Func[task.RestoreTask, task.Task]

	peek typed.Func[task.Peek, task.Peeked]
}

var _ task.Service = Set{}

// New wraps a service. The middleware is made for each method's name, which is
// that of the port ("CreateTask").
func New(svc task.Service, mw func(method string) endpoint.Middleware) Set {
	return Set{
		createList: typed.Wrap(svc.CreateList, "CreateList", mw),
		getList:    typed.Wrap(svc.GetList, "GetList", mw),
		listLists:  typed.Wrap(svc.ListLists, "ListLists", mw),
		updateList: typed.Wrap(svc.UpdateList, "UpdateList", mw),
		deleteList: typed.Wrap(svc.DeleteList, "DeleteList", mw),

		createTask:  typed.Wrap(svc.CreateTask, "CreateTask", mw),
		getTask:     typed.Wrap(svc.GetTask, "GetTask", mw),
		listTasks:   typed.Wrap(svc.ListTasks, "ListTasks", mw),
		updateTask:  typed.Wrap(svc.UpdateTask, "UpdateTask", mw),
		deleteTask:  typed.Wrap(svc.DeleteTask, "DeleteTask", mw),
		restoreTask: typed.Wrap(svc.RestoreTask, "RestoreTask", mw),

		peek: typed.Wrap(svc.Peek, "Peek", mw),
	}
}

// CreateList is part of task.Service.
func (s Set) CreateList(ctx context.Context, r task.CreateList) (task.List, error) {
	return s.createList(ctx, r)
}

// GetList is part of task.Service.
func (s Set) GetList(ctx context.Context, r task.Ref) (task.List, error) { return s.getList(ctx, r) }

// ListLists is part of task.Service.
func (s Set) ListLists(ctx context.Context, r task.ListQuery) (task.ListPage, error) {
	return s.listLists(ctx, r)
}

// UpdateList is part of task.Service.
func (s Set) UpdateList(ctx context.Context, r task.UpdateList) (task.List, error) {
	return s.updateList(ctx, r)
}

// DeleteList is part of task.Service.
func (s Set) DeleteList(ctx context.Context, r task.DeleteList) (struct{}, error) {
	return s.deleteList(ctx, r)
}

// CreateTask is part of task.Service.
func (s Set) CreateTask(ctx context.Context, r task.CreateTask) (task.Task, error) {
	return s.createTask(ctx, r)
}

// GetTask is part of task.Service.
func (s Set) GetTask(ctx context.Context, r task.Ref) (task.Task, error) { return s.getTask(ctx, r) }

// ListTasks is part of task.Service.
func (s Set) ListTasks(ctx context.Context, r task.Query) (task.Page, error) {
	return s.listTasks(ctx, r)
}

// UpdateTask is part of task.Service.
func (s Set) UpdateTask(ctx context.Context, r task.UpdateTask) (task.Task, error) {
	return s.updateTask(ctx, r)
}

// DeleteTask is part of task.Service.
func (s Set) DeleteTask(ctx context.Context, r task.DeleteTask) (struct{}, error) {
	return s.deleteTask(ctx, r)
}

// RestoreTask is part of task.Service.
func (s Set) RestoreTask(ctx context.Context, r task.RestoreTask) (task.Task, error) {
	return s.restoreTask(ctx, r)
}

// Peek is part of task.Service.
func (s Set) Peek(ctx context.Context, p task.Peek) (task.Peeked, error) { return s.peek(ctx, p) }
