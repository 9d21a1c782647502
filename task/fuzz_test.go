package task_test

import (
	"errors"
	"testing"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
	"todokit/pkg/mutation"
	"todokit/pkg/optional"
	"todokit/task"
	"todokit/task/tasktest"
)

// A token that nobody made is refused, or is as good as one that was made.
func FuzzService_ListTasks_AnyPageToken(f *testing.F) {
	svc := task.NewService(tasktest.NewStore(), task.Options{})
	owner := ulid.Make()
	for range 3 {
		r := task.CreateTask{Owner: owner, ID: ulid.Make(), TaskFields: task.TaskFields{
			Title: optional.Of("t"), Due: optional.Of(&task.When{Date: "2026-11-22"}),
		}}
		if _, err := svc.CreateTask(f.Context(), r); err != nil {
			f.Fatal(err)
		}
	}
	for i, o := range task.Orders() {
		page, err := svc.ListTasks(f.Context(), task.ListTasks{Owner: owner, OrderBy: orderBy(o), PageSize: 1})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(i, page.Value.Next)
	}
	f.Add(0, "")
	f.Add(1, "eyJ2IjoxfQ")
	f.Fuzz(func(t *testing.T, order int, token string) {
		all := task.Orders()
		o := all[(order%len(all)+len(all))%len(all)]
		page, err := svc.ListTasks(t.Context(), task.ListTasks{Owner: owner, OrderBy: orderBy(o), PageToken: token})
		if err != nil && !errors.Is(err, errs.ErrInvalid) {
			t.Errorf("got %v", err)
		}
		if len(page.Value.Tasks) > 3 {
			t.Errorf("a page has %d tasks", len(page.Value.Tasks))
		}
		if _, err := svc.ListLists(t.Context(), task.ListLists{Owner: owner, PageToken: token}); err != nil && !errors.Is(err, errs.ErrInvalid) {
			t.Errorf("got %v", err)
		}
	})
}

func orderBy(o task.Order) string {
	if o.Descending {
		return "-" + string(o.By)
	}
	return string(o.By)
}

// A day and a zone that are accepted are accepted again as they are returned.
func FuzzService_CreateTask_AnyDateAndZone(f *testing.F) {
	f.Add("2026-11-22", "America/Sao_Paulo")
	f.Add("1900-01-01", "Asia/Kathmandu")
	f.Add("9998-12-31", "")
	f.Add("2011-12-30", "Pacific/Apia")
	f.Add("0000-00-00", "../../etc/localtime")
	f.Fuzz(func(t *testing.T, date, zone string) {
		svc := task.NewService(tasktest.NewStore(), task.Options{})
		owner := ulid.Make()
		r := task.CreateTask{Owner: owner, ID: ulid.Make(), TaskFields: task.TaskFields{
			Title: optional.Of("t"), Due: optional.Of(&task.When{Date: date}), TimeZone: optional.Of(zone),
		}}
		v, err := svc.CreateTask(t.Context(), r)
		if errors.Is(err, errs.ErrInvalid) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		u := task.UpdateTask{
			Ref: task.Ref{Owner: owner, ID: v.ID}, Mutation: mutation.Mutation{ID: ulid.Make()},
			TaskFields: task.TaskFields{Due: optional.Of(v.Due)},
		}
		again, err := svc.UpdateTask(t.Context(), u)
		if err != nil || *again.Due != *v.Due {
			t.Errorf("%v was read again as %v, %v", v.Due, again.Due, err)
		}
	})
}
