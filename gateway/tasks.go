package gateway

import (
	"context"
	"net/http"

	"todokit/pkg/errs"
	"todokit/pkg/mutation"
	"todokit/pkg/optional"
	"todokit/task"
)

func (g *gateway) createTask(w http.ResponseWriter, c *call) error {
	var asked task.UpdateTask
	body, err := readTask(w, c, &asked)
	if err != nil {
		return err
	}
	key, err := c.idempotency("tasks", body)
	if err != nil {
		return err
	}
	t, err := g.Tasks.CreateTask(c.Context(), task.CreateTask{
		Task: task.Task{
			Owner: c.caller.UserID, ID: g.ids.next(),
			ListID: asked.ListID.Value, Title: asked.Title.Value, Content: asked.Content.Value,
			Status: asked.Status.Value, Priority: asked.Priority.Value,
			Start: asked.Start.Value, Due: asked.Due.Value, TimeZone: asked.TimeZone.Value, Labels: asked.Labels.Value,
		},
		Position: asked.Position, Idempotency: key,
	})
	if err != nil {
		return err
	}
	return created(w, base+"/tasks/"+t.ID.String(), t.Version, taskJSON{t})
}

func (g *gateway) listTasks(c *call) (view, error) {
	query, err := c.taskQuery()
	if err != nil {
		return view{}, err
	}
	if c.peeked != nil {
		query.At = optional.Of(c.peeked.Revision)
	}
	page, err := g.Tasks.ListTasks(c.Context(), query)
	if err != nil {
		return view{}, err
	}
	return view{value: pageJSON{page}}, nil
}

func (g *gateway) getTask(c *call) (view, error) {
	if c.peeked != nil && c.peeked.Task != nil {
		t := *c.peeked.Task
		return view{version: t.Version, value: taskJSON{t}}, nil
	}
	ref, err := c.task()
	if err != nil {
		return view{}, err
	}
	t, err := g.Tasks.GetTask(c.Context(), ref)
	return view{version: t.Version, value: taskJSON{t}}, err
}

func (g *gateway) updateTask(w http.ResponseWriter, c *call) error {
	ref, err := c.task()
	if err != nil {
		return err
	}
	req := task.UpdateTask{Ref: ref, Mutation: g.mutation()}
	if _, err = readTask(w, c, &req); err != nil {
		return err
	}
	if req.IfVersion, err = g.ifTask(c, ref); err != nil {
		return err
	}
	t, err := g.Tasks.UpdateTask(c.Context(), req)
	if err != nil {
		return err
	}
	return changed(w, t.Version, taskJSON{t})
}

func (g *gateway) deleteTask(w http.ResponseWriter, c *call) error {
	ref, err := c.task()
	if err != nil {
		return err
	}
	purge := c.query.Bool("purge")
	if err = c.query.Err(); err != nil {
		return err
	}
	version, err := g.ifTask(c, ref)
	if err != nil {
		return err
	}
	_, err = g.Tasks.DeleteTask(c.Context(), task.DeleteTask{
		Ref: ref, Mutation: g.mutation(), IfVersion: version, Purge: purge,
	})
	if err != nil {
		return err
	}
	return noContent(w)
}

func (g *gateway) restoreTask(w http.ResponseWriter, c *call) error {
	ref, err := c.task()
	if err != nil {
		return err
	}
	version, err := g.ifTask(c, ref)
	if err != nil {
		return err
	}
	t, err := g.Tasks.RestoreTask(c.Context(), task.RestoreTask{Ref: ref, Mutation: g.mutation(), IfVersion: version})
	if err != nil {
		return err
	}
	return changed(w, t.Version, taskJSON{t})
}

// task returns the task that the path names.
func (c *call) task() (task.Ref, error) {
	id, err := c.id(task.ErrTaskNotFound)
	return task.Ref{Owner: c.caller.UserID, ID: id}, err
}

func (g *gateway) ifTask(c *call, ref task.Ref) (int64, error) {
	return c.ifVersion(errs.ErrStaleVersion, func(ctx context.Context) (int64, error) {
		t, err := g.Tasks.GetTask(ctx, ref)
		return t.Version, err
	})
}

func (g *gateway) mutation() mutation.Mutation { return mutation.Mutation{ID: g.ids.next()} }

// peek asks whether anything of the caller's has changed.
func (g *gateway) peek(c *call, known optional.Value[task.Revision]) (task.Peeked, error) {
	return g.Tasks.Peek(c.Context(), task.Peek{Owner: c.caller.UserID, Known: known})
}

// peekTask asks for the task that the path names as well.
func (g *gateway) peekTask(c *call, known optional.Value[task.Revision]) (task.Peeked, error) {
	ref, err := c.task()
	if err != nil {
		return task.Peeked{}, err
	}
	return g.Tasks.Peek(c.Context(), task.Peek{Owner: ref.Owner, Task: ref.ID, Known: known})
}
