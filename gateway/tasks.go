package gateway

import (
	"context"
	"net/http"

	"todokit/pkg/mutation"
	"todokit/task"
)

func (g *gateway) createTask(w http.ResponseWriter, r *request) error {
	in := task.CreateTask{Owner: r.caller.UserID}
	body, err := readTaskFields(w, r, &in.TaskFields)
	if err != nil {
		return err
	}
	if in.Idempotency, err = r.idempotency("tasks", body); err != nil {
		return err
	}
	in.ID = g.ids.next()
	t, err := g.Tasks.CreateTask(r.Context(), in)
	if err != nil {
		return err
	}
	return created(w, base+"/tasks/"+t.ID.String(), t.Version, taskJSON{t})
}

func (g *gateway) listTasks(r *request) (reader, error) {
	in := task.ListTasks{Owner: r.caller.UserID}
	if err := taskParameters.read(r.query, &in); err != nil {
		return nil, err
	}
	return func(o readOptions) (response, error) {
		in.Known, in.MaxBytes = o.known, o.maxBytes
		page, err := g.Tasks.ListTasks(r.Context(), in)
		return conditional(page, showTaskPage), err
	}, in.Validate()
}

func (g *gateway) getTask(r *request) (reader, error) {
	ref, err := r.task()
	return func(o readOptions) (response, error) {
		t, err := g.Tasks.GetTask(r.Context(), task.GetTask{Ref: ref, Known: o.known})
		return conditional(t, showTask), err
	}, err
}

func (g *gateway) updateTask(w http.ResponseWriter, r *request) error {
	ref, err := r.task()
	if err != nil {
		return err
	}
	in := task.UpdateTask{Ref: ref, Mutation: g.mutation()}
	if _, err = readTaskFields(w, r, &in.TaskFields); err != nil {
		return err
	}
	if in.IfVersion, err = g.expectedTaskVersion(r, ref); err != nil {
		return err
	}
	t, err := g.Tasks.UpdateTask(r.Context(), in)
	if err != nil {
		return err
	}
	return updated(w, t.Version, taskJSON{t})
}

func (g *gateway) deleteTask(w http.ResponseWriter, r *request) error {
	ref, err := r.task()
	if err != nil {
		return err
	}
	in := task.DeleteTask{Ref: ref}
	if err = deleteParameters.read(r.query, &in); err != nil {
		return err
	}
	if in.IfVersion, err = g.expectedTaskVersion(r, ref); err != nil {
		return err
	}
	in.Mutation = g.mutation()
	if _, err = g.Tasks.DeleteTask(r.Context(), in); err != nil {
		return err
	}
	return noContent(w)
}

func (g *gateway) restoreTask(w http.ResponseWriter, r *request) error {
	ref, err := r.task()
	if err != nil {
		return err
	}
	in := task.RestoreTask{Ref: ref, Mutation: g.mutation()}
	if in.IfVersion, err = g.expectedTaskVersion(r, ref); err != nil {
		return err
	}
	t, err := g.Tasks.RestoreTask(r.Context(), in)
	if err != nil {
		return err
	}
	return updated(w, t.Version, taskJSON{t})
}

// task returns the task that the path names.
func (r *request) task() (task.Ref, error) {
	id, err := r.id(task.ErrTaskNotFound)
	return task.Ref{Owner: r.caller.UserID, ID: id}, err
}

func (g *gateway) expectedTaskVersion(r *request, ref task.Ref) (int64, error) {
	return r.expectedVersion(func(ctx context.Context) (int64, error) {
		t, err := g.Tasks.GetTask(ctx, task.GetTask{Ref: ref})
		return t.Value.Version, err
	})
}

func (g *gateway) mutation() mutation.Mutation { return mutation.Mutation{ID: g.ids.next()} }
