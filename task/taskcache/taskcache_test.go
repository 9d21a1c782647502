package taskcache_test

import (
	"context"
	"testing"

	"go.uber.org/goleak"

	"todokit/pkg/cache"
	"todokit/pkg/cache/cachetest"
	"todokit/pkg/database"
	"todokit/pkg/database/databasetest"
	"todokit/task"
	"todokit/task/taskcache"
	"todokit/task/taskstore"
	"todokit/task/tasktest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// places are where copies may be kept.
func places(t *testing.T) map[string]func(*cache.Options[taskcache.Copy]) {
	t.Helper()
	redis := cachetest.Redis(t)
	return map[string]func(*cache.Options[taskcache.Copy]){
		"none":       func(o *cache.Options[taskcache.Copy]) { o.Bytes = 0 },
		"in process": func(*cache.Options[taskcache.Copy]) {},
		"Redis":      func(o *cache.Options[taskcache.Copy]) { o.URL = redis },
	}
}

func openCache(t *testing.T, where func(*cache.Options[taskcache.Copy])) cache.Cache[taskcache.Copy] {
	t.Helper()
	o := taskcache.Options()
	o.Bytes = 8 << 20
	where(&o)
	c, err := cache.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// twoStores are two instances of the service over one database: what one has
// written, the other one must show.
type twoStores struct {
	task.Store

	reads task.Store
}

func (s twoStores) Task(ctx context.Context, r task.GetTask) (task.Read[task.Task], error) {
	return s.reads.Task(ctx, r)
}

func (s twoStores) Tasks(ctx context.Context, q task.TaskQuery) (task.Read[task.TaskBatch], error) {
	return s.reads.Tasks(ctx, q)
}

func (s twoStores) List(ctx context.Context, r task.GetList) (task.Read[task.List], error) {
	return s.reads.List(ctx, r)
}

func (s twoStores) Lists(ctx context.Context, q task.ListQuery) (task.Read[task.ListBatch], error) {
	return s.reads.Lists(ctx, q)
}

func TestStore(t *testing.T) {
	t.Parallel()
	for name, where := range places(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			databasetest.Each(t, taskstore.Migrations(), func(t *testing.T, db *database.DB) {
				writes := taskcache.New(taskstore.New(db, taskstore.Options{Batch: true}), openCache(t, where))
				reads := taskcache.New(taskstore.New(db, taskstore.Options{Batch: true}), openCache(t, where))
				t.Run("suite", func(t *testing.T) {
					// Each value is asked for twice, so that the second answer is a copy.
					tasktest.TestStore(t, func(*testing.T) task.Store { return twice{twoStores{writes, reads}} })
				})
			})
		})
	}
}

// twice asks for everything twice.
type twice struct{ task.Store }

func (s twice) Task(ctx context.Context, r task.GetTask) (task.Read[task.Task], error) {
	_, _ = s.Store.Task(ctx, r)
	return s.Store.Task(ctx, r)
}

func (s twice) Tasks(ctx context.Context, q task.TaskQuery) (task.Read[task.TaskBatch], error) {
	_, _ = s.Store.Tasks(ctx, q)
	return s.Store.Tasks(ctx, q)
}

func (s twice) List(ctx context.Context, r task.GetList) (task.Read[task.List], error) {
	_, _ = s.Store.List(ctx, r)
	return s.Store.List(ctx, r)
}

func (s twice) Lists(ctx context.Context, q task.ListQuery) (task.Read[task.ListBatch], error) {
	_, _ = s.Store.Lists(ctx, q)
	return s.Store.Lists(ctx, q)
}
