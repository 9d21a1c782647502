package tasktest_test

import (
	"testing"

	"todokit/task"
	"todokit/task/tasktest"
)

func TestStoreOfMaps(t *testing.T) {
	t.Parallel()
	tasktest.TestStore(t, func(*testing.T) task.Store { return tasktest.NewStore() })
}
