package taskcache_test

import (
	"context"
	"testing"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/cache"
	"todokit/pkg/optional"
	"todokit/task"
	"todokit/task/taskcache"
	"todokit/task/tasktest"
)

// countedStore counts the queries that reach it.
type countedStore struct {
	task.Store

	queries int
}

func (s *countedStore) Tasks(ctx context.Context, q task.TaskQuery) (task.Read[task.TaskBatch], error) {
	s.queries++
	return s.Store.Tasks(ctx, q)
}

// A page of fewer bytes is cut from the copy of the whole page. One that was cut by
// the database is no copy of that.
func TestStore_Tasks_FewerBytes_FromTheSameCopy(t *testing.T) {
	t.Parallel()
	store := &countedStore{Store: tasktest.NewStore()}
	owner := ulid.Make()
	service := task.NewService(store, task.Options{})
	for _, title := range []string{"abc", "def", "ghi"} {
		in := task.CreateTask{Owner: owner, ID: ulid.Make(), TaskFields: task.TaskFields{Title: optional.Of(title)}}
		if _, err := service.CreateTask(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}
	copies := taskcache.New(store, openCache(t, func(*cache.Options[taskcache.Copy]) {}))
	for n, step := range []struct {
		bytes, tasks int
		more         bool
		queries      int
	}{
		{4, 1, true, 1},
		{4, 1, true, 2},
		{100, 3, false, 3},
		{4, 1, true, 3},
		{1, 1, true, 3},
		{6, 2, true, 3},
		{9, 3, false, 3},
		{task.MaxPageContent, 3, false, 3},
	} {
		r, err := copies.Tasks(t.Context(), task.TaskQuery{Owner: owner, Order: task.Order{By: task.ByCreateTime}, Limit: 10, Bytes: step.bytes})
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Value.Tasks) != step.tasks || r.Value.More != step.more || store.queries != step.queries {
			t.Errorf("step %d: %d tasks, more %v, after %d queries; want %+v", n, len(r.Value.Tasks), r.Value.More, store.queries, step)
		}
	}
}
