package task_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
	"todokit/pkg/mutation"
	"todokit/pkg/optional"
	"todokit/task"
	"todokit/task/tasktest"
)

// flaky is a store whose long removals fail after so many steps.
type flaky struct {
	*tasktest.Store
	steps atomic.Int64
}

func (f *flaky) step() error {
	if f.steps.Add(-1) < 0 {
		return errs.ErrUnavailable
	}
	return nil
}

func (f *flaky) DrainList(ctx context.Context, d task.ListDrain) (bool, error) {
	if err := f.step(); err != nil {
		return false, err
	}
	return f.Store.DrainList(ctx, d)
}

func (f *flaky) PurgeOwner(ctx context.Context, owner ulid.ULID) (bool, error) {
	if err := f.step(); err != nil {
		return false, err
	}
	return f.Store.PurgeOwner(ctx, owner)
}

// fixture is an owner with tasks in a list, over a flaky store.
type fixture struct {
	store       *flaky
	svc         task.Service
	keeping     *task.Housekeeping
	now         time.Time
	owner, list ulid.ULID
	tasks       []ulid.ULID
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	h := &fixture{store: &flaky{Store: tasktest.NewStore()}, now: time.Now(), owner: ulid.Make(), list: ulid.Make()}
	o := task.Options{Now: func() time.Time { return h.now }}
	h.svc, h.keeping = task.NewService(h.store, o), task.NewHousekeeping(h.store, o)
	if _, err := h.svc.CreateList(t.Context(), task.CreateList{Owner: h.owner, ID: h.list, ListFields: task.ListFields{Title: optional.Of("list")}}); err != nil {
		t.Fatal(err)
	}
	for range 7 {
		r := h.create("t")
		r.ListID = optional.Of(h.list)
		v, err := h.svc.CreateTask(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		h.tasks = append(h.tasks, v.ID)
	}
	return h
}

func (h *fixture) create(title string) task.CreateTask {
	id := ulid.MustNew(ulid.Timestamp(h.now), ulid.DefaultEntropy())
	return task.CreateTask{Owner: h.owner, ID: id, TaskFields: task.TaskFields{Title: optional.Of(title)}}
}

// trashed counts the tasks in the trash, and all that are left.
func (h *fixture) trashed(t *testing.T) (trashed, all int) {
	t.Helper()
	for _, id := range h.tasks {
		v, err := h.svc.GetTask(t.Context(), task.GetTask{Ref: task.Ref{Owner: h.owner, ID: id}})
		if errors.Is(err, task.ErrTaskNotFound) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		all++
		if v.Value.DeleteTime != nil {
			trashed++
		}
	}
	return trashed, all
}

// interrupt deletes the list, and fails after the first of several steps.
func (h *fixture) interrupt(t *testing.T) task.DeleteList {
	t.Helper()
	h.store.steps.Store(1)
	d := task.DeleteList{Ref: task.Ref{Owner: h.owner, ID: h.list}, Mutation: mutation.Mutation{ID: ulid.Make()}}
	if _, err := h.svc.DeleteList(t.Context(), d); !errors.Is(err, errs.ErrUnavailable) {
		t.Fatalf("got %v", err)
	}
	if n, _ := h.trashed(t); n == 0 || n == len(h.tasks) {
		t.Fatalf("%d of %d tasks are in the trash", n, len(h.tasks))
	}
	if _, err := h.svc.GetList(t.Context(), task.GetList{Ref: d.Ref}); !errors.Is(err, task.ErrListNotFound) {
		t.Fatalf("a list that is being deleted: %v", err)
	}
	h.store.steps.Store(100)
	return d
}

func TestService_DeleteList_RepeatEndsInterrupted(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	d := h.interrupt(t)
	d.Mutation.Repeat = true
	if _, err := h.svc.DeleteList(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	if n, _ := h.trashed(t); n != len(h.tasks) {
		t.Errorf("%d of %d tasks are in the trash", n, len(h.tasks))
	}
}

func TestHousekeeping_Sweep_EndsInterruptedListDeletion(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.interrupt(t)
	sweep := func() int {
		if err := h.keeping.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		n, _ := h.trashed(t)
		return n
	}
	h.now = h.now.Add(time.Second)
	if n := sweep(); n == len(h.tasks) {
		t.Error("the sweep took over work that was begun just now")
	}
	h.now = h.now.Add(time.Hour)
	if n := sweep(); n != len(h.tasks) {
		t.Errorf("%d of %d tasks are in the trash", n, len(h.tasks))
	}
}

func TestService_RestoreTask_ListBeingDeleted_ToInbox(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	for _, id := range h.tasks {
		d := task.DeleteTask{Ref: task.Ref{Owner: h.owner, ID: id}, Mutation: mutation.Mutation{ID: ulid.Make()}}
		if _, err := h.svc.DeleteTask(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	h.store.steps.Store(1)
	d := task.DeleteList{Ref: task.Ref{Owner: h.owner, ID: h.list}, Mutation: mutation.Mutation{ID: ulid.Make()}}
	if _, err := h.svc.DeleteList(t.Context(), d); !errors.Is(err, errs.ErrUnavailable) {
		t.Fatalf("got %v", err)
	}
	for _, id := range h.tasks {
		r := task.RestoreTask{Ref: task.Ref{Owner: h.owner, ID: id}, Mutation: mutation.Mutation{ID: ulid.Make()}}
		v, err := h.svc.RestoreTask(t.Context(), r)
		if err != nil || v.DeleteTime != nil || v.ListID != h.owner {
			t.Errorf("restored it is %+v, %v", v, err)
		}
	}
}

func TestHousekeeping_Sweep_ForgetsOldIdempotencyKeys(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	create := func() ulid.ULID {
		r := h.create("t")
		r.Idempotency.Key = "k"
		v, err := h.svc.CreateTask(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		return v.ID
	}
	sweep := func() {
		if err := h.keeping.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	first := create()
	h.now = h.now.Add(task.KeepKeys - time.Second)
	sweep()
	if create() != first {
		t.Error("a key was forgotten early")
	}
	h.now = h.now.Add(2 * time.Second)
	sweep()
	h.now = h.now.Add(-2 * time.Second) // to tell a forgotten key from one that is ignored
	if create() == first {
		t.Error("a key was not forgotten")
	}
}
