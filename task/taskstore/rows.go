package taskstore

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"

	"todokit/task"
)

type ownerRow struct {
	bun.BaseModel `bun:"table:owners,alias:o"`

	UserID     ulid.ULID `bun:",pk"`
	Tasks      int64
	Lists      int64
	DeleteTime *time.Time
	Purged     bool          `bun:"erased"`
	Revision   task.Revision // see advance
}

type listRow struct {
	bun.BaseModel `bun:"table:lists,alias:l"`

	UserID     ulid.ULID `bun:",pk"`
	ID         ulid.ULID `bun:",pk"`
	Title      string
	Position   double
	UpdateTime time.Time
	Version    int64
	Mutation   ulid.ULID
	DeleteTime *time.Time
}

type taskRow struct {
	bun.BaseModel `bun:"table:tasks,alias:t"`

	UserID       ulid.ULID `bun:",pk"`
	ID           ulid.ULID `bun:",pk"`
	ListID       ulid.ULID
	Trashed      bool
	Title        string
	Content      string
	Status       task.Status
	Priority     int
	StartDate    *string
	StartTime    *time.Time
	DueDate      *string
	DueTime      *time.Time
	TimeZone     string
	Labels       string
	Position     double
	CompleteTime *time.Time
	UpdateTime   time.Time
	DeleteTime   *time.Time
	Version      int64
	Mutation     ulid.ULID
}

// taskWriteRow is a task with what is computed of it for searches, and never read.
type taskWriteRow struct {
	bun.BaseModel `bun:"table:tasks,alias:t"`

	taskRow
	Folded string // see foldedText
}

// taskReadRow is a task with its owner's revision of the same moment.
type taskReadRow struct {
	bun.BaseModel `bun:"table:tasks,alias:t"`

	taskRow
	Revision task.Revision `bun:",scanonly"`
}

// listReadRow is a list with its owner's revision of the same moment.
type listReadRow struct {
	bun.BaseModel `bun:"table:lists,alias:l"`

	listRow
	Revision task.Revision `bun:",scanonly"`
}

type labelRow struct {
	bun.BaseModel `bun:"table:task_labels,alias:tl"`

	UserID ulid.ULID `bun:",pk"`
	Label  string    `bun:",pk"` // as casefold.String returns it
	TaskID ulid.ULID `bun:",pk"`
}

// double is a float64 that SQL reads exactly: bun would write it without an
// exponent, which MySQL takes for a DECIMAL, and cuts off.
type double float64

var _ schema.QueryAppender = double(0)

// AppendQuery writes a space first: it keeps a minus from becoming the second
// one of a comment.
func (d double) AppendQuery(_ schema.QueryGen, b []byte) ([]byte, error) {
	return strconv.AppendFloat(append(b, ' '), float64(d), 'e', -1, 64), nil
}

func newListRow(l task.List) *listRow {
	return &listRow{
		UserID: l.Owner, ID: l.ID, Title: l.Title, Position: double(l.Position),
		UpdateTime: l.UpdateTime, Version: l.Version, Mutation: l.Mutation,
	}
}

func (r *listRow) list() task.List {
	return task.List{
		Owner: r.UserID, ID: r.ID, Title: r.Title, Position: float64(r.Position),
		CreateTime: r.ID.Timestamp().UTC(), UpdateTime: r.UpdateTime.UTC(), Version: r.Version, Mutation: r.Mutation,
	}
}

func newTaskRow(t task.Task) (*taskWriteRow, error) {
	labels, err := json.Marshal(t.Labels)
	if err != nil {
		return nil, err
	}
	r := &taskWriteRow{Folded: foldedText(t.Title, t.Content), taskRow: taskRow{
		UserID: t.Owner, ID: t.ID, ListID: t.ListID, Trashed: t.DeleteTime != nil,
		Title: t.Title, Content: t.Content, Status: t.Status, Priority: t.Priority,
		TimeZone: t.TimeZone, Labels: string(labels), Position: double(t.Position),
		CompleteTime: t.CompleteTime, UpdateTime: t.UpdateTime, DeleteTime: t.DeleteTime,
		Version: t.Version, Mutation: t.Mutation,
	}}
	r.StartDate, r.StartTime = splitWhen(t.Start)
	r.DueDate, r.DueTime = splitWhen(t.Due)
	return r, nil
}

func (r *taskRow) task() (task.Task, error) {
	t := task.Task{
		Owner: r.UserID, ID: r.ID, ListID: r.ListID, Title: r.Title, Content: r.Content,
		Status: r.Status, Priority: r.Priority, Start: joinWhen(r.StartDate, r.StartTime), Due: joinWhen(r.DueDate, r.DueTime),
		TimeZone: r.TimeZone, Position: float64(r.Position), CompleteTime: utc(r.CompleteTime),
		CreateTime: r.ID.Timestamp().UTC(), UpdateTime: r.UpdateTime.UTC(), DeleteTime: utc(r.DeleteTime),
		Version: r.Version, Mutation: r.Mutation,
	}
	var err error
	t.Labels, err = readLabels(r.Labels)
	return t, err
}

func splitWhen(w *task.When) (date *string, at *time.Time) {
	if w == nil {
		return nil, nil
	}
	if w.Date != "" {
		date = &w.Date
	}
	return date, &w.Instant
}

func joinWhen(date *string, at *time.Time) *task.When {
	if at == nil {
		return nil
	}
	w := &task.When{Instant: at.UTC()}
	if date != nil {
		w.Date = *date
	}
	return w
}

func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := t.UTC()
	return &u
}

// readLabels reads the labels of a row: JSON, which newTaskRow wrote. Where no
// character is escaped, quotes stand around labels only.
func readLabels(text string) (labels []string, err error) {
	switch inner, some := strings.CutPrefix(text, `["`); {
	case text == "null":
		return nil, nil
	case some && !strings.Contains(text, `\`):
		return strings.Split(strings.TrimSuffix(inner, `"]`), `","`), nil
	default:
		return labels, json.Unmarshal([]byte(text), &labels)
	}
}
