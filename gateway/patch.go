package gateway

import (
	"encoding/json"
	"net/http"

	"todokit/pkg/errs"
	"todokit/pkg/optional"
	"todokit/pkg/rest"
	"todokit/task"
)

// readTask reads what a client may choose of a task, for a new one or, as a
// merge patch (RFC 7396), for a change. In both, null gives a field that need
// not be set its value of a task that never had one.
func readTask(w http.ResponseWriter, c *call, u *task.UpdateTask) ([]byte, error) {
	return rest.ReadJSON(w, c.Request, readOnly(rest.Members{
		"list_id":   rest.Into(&u.ListID, taskOpt(rest.OrNull(readID))),
		"title":     rest.Into(&u.Title, taskOpt(rest.Text)),
		"content":   rest.Into(&u.Content, taskOpt(rest.OrNull(rest.Text))),
		"status":    rest.Into(&u.Status, taskOpt(readStatus)),
		"priority":  rest.Into(&u.Priority, taskOpt(rest.OrNull(rest.Integer))),
		"start":     rest.Into(&u.Start, taskOpt(rest.OrNull(readWhen))),
		"due":       rest.Into(&u.Due, taskOpt(rest.OrNull(readWhen))),
		"time_zone": rest.Into(&u.TimeZone, taskOpt(rest.OrNull(rest.Text))),
		"labels":    rest.Into(&u.Labels, taskOpt(rest.OrNull(rest.Texts))),
		"position":  rest.Into(&u.Position, taskOpt(rest.Number)),
	}, "id", "complete_time", "create_time", "update_time", "delete_time", "version"))
}

// taskOpt reads a field that is left as it is where the member is absent.
func taskOpt[T any](read rest.Reader[T]) rest.Reader[optional.Value[T]] {
	return func(value json.RawMessage) (optional.Value[T], *errs.Field) {
		v, problem := read(value)
		return optional.Of(v), problem
	}
}

// userOpt does the same for the fields of an account.
func userOpt[T any](read rest.Reader[T]) rest.Reader[optional.Value[T]] {
	return func(value json.RawMessage) (optional.Value[T], *errs.Field) {
		v, problem := read(value)
		return optional.Of(v), problem
	}
}
