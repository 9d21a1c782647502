package tasktest_test

import (
	"testing"

	"todokit/task"
	"todokit/task/tasktest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	tasktest.TestStore(t, func(*testing.T) task.Store { return tasktest.NewStore() })
}
