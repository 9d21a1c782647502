package task_test

import (
	"testing"

	"todokit/task"
	"todokit/task/tasktest"
)

func TestService(t *testing.T) {
	t.Parallel()
	tasktest.TestService(t, func(_ *testing.T, o task.Options) tasktest.Subject {
		return tasktest.Subject{Service: task.NewService(tasktest.NewStore(), o)}
	})
}
