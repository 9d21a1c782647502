package tasktransport

import (
	"context"

	"google.golang.org/grpc"

	taskv1 "todokit/api/task/v1"
	"todokit/pkg/callbatch"
	"todokit/pkg/rpc"
	"todokit/pkg/typed"
	"todokit/task"
)

type client struct {
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

// batched returns the methods whose calls are batched: they take about the same time,
// and have small replies.
func batched() map[string]callbatch.Rule {
	return map[string]callbatch.Rule{
		taskv1.TaskService_Peek_FullMethodName:       {Read: true},
		taskv1.TaskService_CreateTask_FullMethodName: {},
		taskv1.TaskService_UpdateTask_FullMethodName: {},
	}
}

// NewClient returns the task service at the other end of a connection. The
// owner in a request is not sent: it is whoever the token of the context
// (token.WithBearer) belongs to.
func NewClient(cc grpc.ClientConnInterface) task.Service {
	c := taskv1.NewTaskServiceClient(callbatch.NewClient(cc, callbatch.Options{Rules: batched()}))
	return &client{
		createList: rpc.Call(encodeCreateList, sendable(c.CreateList), decodeList),
		getList:    rpc.Call(encodeGetList, c.GetList, decodeList),
		listLists:  rpc.Call(encodeListQuery, sendable(c.ListLists), decodeListPage),
		updateList: rpc.Call(encodeUpdateList, sendable(c.UpdateList), decodeList),
		deleteList: rpc.Call(encodeDeleteList, c.DeleteList, rpc.None),

		createTask:  rpc.Call(encodeCreateTask, sendable(c.CreateTask), decodeTask),
		getTask:     rpc.Call(encodeGetTask, c.GetTask, decodeTask),
		listTasks:   rpc.Call(encodeQuery, sendable(c.ListTasks), decodePage),
		updateTask:  rpc.Call(encodeUpdateTask, sendable(c.UpdateTask), decodeTask),
		deleteTask:  rpc.Call(encodeDeleteTask, c.DeleteTask, rpc.None),
		restoreTask: rpc.Call(encodeRestoreTask, c.RestoreTask, decodeTask),

		peek: rpc.Call(encodePeek, c.Peek, decodePeeked),
	}
}

func (c *client) CreateList(ctx context.Context, r task.CreateList) (task.List, error) {
	return c.createList(ctx, r)
}

func (c *client) GetList(ctx context.Context, r task.Ref) (task.List, error) {
	return c.getList(ctx, r)
}

func (c *client) ListLists(ctx context.Context, r task.ListQuery) (task.ListPage, error) {
	return c.listLists(ctx, r)
}

func (c *client) UpdateList(ctx context.Context, r task.UpdateList) (task.List, error) {
	return c.updateList(ctx, r)
}

func (c *client) DeleteList(ctx context.Context, r task.DeleteList) (struct{}, error) {
	return c.deleteList(ctx, r)
}

func (c *client) CreateTask(ctx context.Context, r task.CreateTask) (task.Task, error) {
	return c.createTask(ctx, r)
}

func (c *client) GetTask(ctx context.Context, r task.Ref) (task.Task, error) {
	return c.getTask(ctx, r)
}

func (c *client) ListTasks(ctx context.Context, r task.Query) (task.Page, error) {
	return c.listTasks(ctx, r)
}

func (c *client) UpdateTask(ctx context.Context, r task.UpdateTask) (task.Task, error) {
	return c.updateTask(ctx, r)
}

func (c *client) DeleteTask(ctx context.Context, r task.DeleteTask) (struct{}, error) {
	return c.deleteTask(ctx, r)
}

func (c *client) RestoreTask(ctx context.Context, r task.RestoreTask) (task.Task, error) {
	return c.restoreTask(ctx, r)
}

func (c *client) Peek(ctx context.Context, p task.Peek) (task.Peeked, error) {
	return c.peek(ctx, p)
}
