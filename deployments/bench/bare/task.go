package bare

import (
	"encoding/json"
	"time"

	"github.com/oklog/ulid/v2"
)

// task has the same JSON as todokit's.
type task struct {
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

type page struct {
	Tasks []task `json:"tasks"`
	Next  string `json:"next_page_token"`
}

// columns are what a task is read from, in the order of scan.
const columns = "id, list_id, title, content, status, priority, start_date, start_time, due_date, due_time, " +
	"time_zone, labels, position, complete_time, update_time, delete_time, version"

func scan(row interface{ Scan(...any) error }) (task, error) {
	var (
		t                  task
		id, list           ulid.ULID
		startDate, dueDate *string
		start, due         *time.Time
		zone               string
		labels             []byte
	)
	err := row.Scan(&id, &list, &t.Title, &t.Content, &t.Status, &t.Priority, &startDate, &start, &dueDate, &due,
		&zone, &labels, &t.Position, &t.CompleteTime, &t.UpdateTime, &t.DeleteTime, &t.Version)
	if err != nil {
		return t, err
	}
	t.ID, t.ListID, t.CreateTime = id.String(), list.String(), id.Timestamp().UTC()
	t.Start, t.Due = dateOrTime(startDate, start), dateOrTime(dueDate, due)
	if zone != "" {
		t.TimeZone = &zone
	}
	return t, json.Unmarshal(labels, &t.Labels)
}

// dateOrTime is a date for a whole day, and an instant otherwise.
func dateOrTime(date *string, at *time.Time) *string {
	if date != nil || at == nil {
		return date
	}
	return new(at.Format(time.RFC3339Nano))
}
