package gateway

import (
	"time"

	"todokit/task"
)

// taskJSON is a task. What is not set is null, so that a client sees every
// field that there is.
type taskJSON struct {
	ID           string     `json:"id"`
	ListID       string     `json:"list_id"`
	Title        string     `json:"title"`
	Content      string     `json:"content"`
	Status       string     `json:"status"`
	Priority     int        `json:"priority"`
	Start        *string    `json:"start"`
	Due          *string    `json:"due"`
	TimeZone     *string    `json:"time_zone"`
	Labels       []string   `json:"labels"`
	Position     float64    `json:"position"`
	CompleteTime *time.Time `json:"complete_time"`
	CreateTime   time.Time  `json:"create_time"`
	UpdateTime   time.Time  `json:"update_time"`
	DeleteTime   *time.Time `json:"delete_time"`
	Version      int64      `json:"version"`
}

func showTask(t task.Task) taskJSON {
	return taskJSON{
		ID: t.ID.String(), ListID: t.ListID.String(), Title: t.Title, Content: t.Content,
		Status: string(t.Status), Priority: t.Priority, Start: showWhen(t.Start), Due: showWhen(t.Due),
		TimeZone: unlessEmpty(t.TimeZone), Labels: append([]string{}, t.Labels...), Position: t.Position,
		CompleteTime: utc(t.CompleteTime), CreateTime: t.CreateTime.UTC(), UpdateTime: t.UpdateTime.UTC(),
		DeleteTime: utc(t.DeleteTime), Version: t.Version,
	}
}

func showWhen(w *task.When) *string {
	if w == nil {
		return nil
	}
	if w.Date != "" {
		return &w.Date
	}
	return new(w.Instant.UTC().Format(time.RFC3339Nano))
}

func unlessEmpty(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	return new(t.UTC())
}
