package gateway

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"todokit/pkg/errs"
	"todokit/pkg/rest"
	"todokit/pkg/timezone"
	"todokit/task"
)

// readTaskFields reads the body: what a client may choose of a task, for a new
// one or, as a merge patch (RFC 7396), for a change. In both, null gives a field
// that need not be set its value of a task that never had one. It returns the
// body as it was sent.
func readTaskFields(w http.ResponseWriter, r *request, f *task.TaskFields) ([]byte, error) {
	return rest.ReadJSON(w, r.Request, readOnly(rest.Members{
		"list_id":   rest.Into(&f.ListID, optionalOf(rest.OrNull(readID))),
		"title":     rest.Into(&f.Title, optionalOf(rest.Text)),
		"content":   rest.Into(&f.Content, optionalOf(rest.OrNull(rest.Text))),
		"status":    rest.Into(&f.Status, optionalOf(readStatus)),
		"priority":  rest.Into(&f.Priority, optionalOf(rest.OrNull(rest.Integer))),
		"start":     rest.Into(&f.Start, optionalOf(rest.OrNull(readWhen))),
		"due":       rest.Into(&f.Due, optionalOf(rest.OrNull(readWhen))),
		"time_zone": rest.Into(&f.TimeZone, optionalOf(rest.OrNull(readZone))),
		"labels":    rest.Into(&f.Labels, optionalOf(rest.OrNull(rest.Texts))),
		"position":  rest.Into(&f.Position, optionalOf(rest.Number)),
	}, "id", "complete_time", "create_time", "update_time", "delete_time", "version"))
}

// taskJSON shows a task. What is not set is null, so that a client sees every
// field that there is.
type taskJSON struct{ task.Task }

func showTask(t task.Task) (version int64, value any) { return t.Version, taskJSON{t} }

func (t taskJSON) AppendJSON(b []byte) []byte {
	b = appendID(append(b, `{"id":`...), t.ID)
	b = appendID(append(b, `,"list_id":`...), t.ListID)
	b = rest.AppendText(append(b, `,"title":`...), t.Title)
	b = rest.AppendText(append(b, `,"content":`...), t.Content)
	b = rest.AppendText(append(b, `,"status":`...), string(t.Status))
	b = strconv.AppendInt(append(b, `,"priority":`...), int64(t.Priority), 10)
	b = appendWhen(append(b, `,"start":`...), t.Start)
	b = appendWhen(append(b, `,"due":`...), t.Due)
	b = appendTextOrNull(append(b, `,"time_zone":`...), t.TimeZone)
	b = appendTexts(append(b, `,"labels":`...), t.Labels)
	b = rest.AppendNumber(append(b, `,"position":`...), t.Position)
	b = appendTime(append(b, `,"complete_time":`...), t.CompleteTime)
	b = appendTime(append(b, `,"create_time":`...), &t.CreateTime)
	b = appendTime(append(b, `,"update_time":`...), &t.UpdateTime)
	b = appendTime(append(b, `,"delete_time":`...), t.DeleteTime)
	b = strconv.AppendInt(append(b, `,"version":`...), t.Version, 10)
	return append(b, '}')
}

// taskPageJSON shows a page of tasks.
type taskPageJSON struct{ task.TaskPage }

func showTaskPage(p task.TaskPage) (version int64, value any) { return 0, taskPageJSON{p} }

func (p taskPageJSON) AppendJSON(b []byte) []byte {
	b = append(b, `{"tasks":[`...)
	for i, t := range p.Tasks {
		if i > 0 {
			b = append(b, ',')
		}
		b = taskJSON{t}.AppendJSON(b)
	}
	b = rest.AppendText(append(b, `],"next_page_token":`...), p.Next)
	return append(b, '}')
}

// readStatus knows the states, because an unknown one could not be told to the
// task service.
func readStatus(value json.RawMessage) (task.Status, *errs.Field) {
	s, problem := rest.Text(value)
	if problem != nil {
		return "", problem
	}
	if !slices.Contains(task.Statuses(), task.Status(s)) {
		return "", refused(errs.FieldOneOf, statusNames())
	}
	return task.Status(s), nil
}

func statusNames() string {
	var names []string
	for _, s := range task.Statuses() {
		names = append(names, string(s))
	}
	return strings.Join(names, ", ")
}

// readZone refuses the empty text, which could not be told from null, to the task
// service.
func readZone(value json.RawMessage) (string, *errs.Field) {
	s, problem := rest.Text(value)
	if problem == nil && s == "" {
		problem = refused(errs.FieldFormat, timezone.Format)
	}
	return s, problem
}

// readWhen reads a whole day or an instant.
func readWhen(value json.RawMessage) (*task.When, *errs.Field) {
	s, problem := rest.Text(value)
	if problem != nil {
		return nil, problem
	}
	if _, ok := rest.ParseDate(s); ok {
		return &task.When{Date: s}, nil
	}
	if t, ok := rest.ParseInstant(s); ok {
		return &task.When{Instant: t}, nil
	}
	return nil, refused(errs.FieldFormat, rest.InstantFormat)
}

func appendWhen(b []byte, w *task.When) []byte {
	switch {
	case w == nil:
		return append(b, null...)
	case w.Date != "":
		return rest.AppendText(b, w.Date)
	default:
		return appendTime(b, &w.Instant)
	}
}
