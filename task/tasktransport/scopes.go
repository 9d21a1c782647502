package tasktransport

import (
	taskv1 "todokit/api/task/v1"
	"todokit/pkg/token"
)

// Scopes returns what a token must allow for each method, for rpc.ServerOptions.
func Scopes() map[string]token.Scopes {
	return map[string]token.Scopes{
		taskv1.TaskService_GetList_FullMethodName:   token.TasksRead,
		taskv1.TaskService_ListLists_FullMethodName: token.TasksRead,
		taskv1.TaskService_GetTask_FullMethodName:   token.TasksRead,
		taskv1.TaskService_ListTasks_FullMethodName: token.TasksRead,
		taskv1.TaskService_Peek_FullMethodName:      token.TasksRead,

		taskv1.TaskService_CreateList_FullMethodName:  token.TasksWrite,
		taskv1.TaskService_UpdateList_FullMethodName:  token.TasksWrite,
		taskv1.TaskService_DeleteList_FullMethodName:  token.TasksWrite,
		taskv1.TaskService_CreateTask_FullMethodName:  token.TasksWrite,
		taskv1.TaskService_UpdateTask_FullMethodName:  token.TasksWrite,
		taskv1.TaskService_DeleteTask_FullMethodName:  token.TasksWrite,
		taskv1.TaskService_RestoreTask_FullMethodName: token.TasksWrite,
	}
}
