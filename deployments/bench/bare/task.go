package bare

import (
	"database/sql"
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
		startDate, dueDate sql.NullString
		start, due         sql.NullTime
		completed, deleted sql.NullTime
		zone               string
		labels             []byte
	)
	err := row.Scan(&id, &list, &t.Title, &t.Content, &t.Status, &t.Priority, &startDate, &start, &dueDate, &due,
		&zone, &labels, &t.Position, &completed, &t.UpdateTime, &deleted, &t.Version)
	if err != nil {
		return t, err
	}
	t.ID, t.ListID = id.String(), list.String()
	t.CreateTime, t.UpdateTime = id.Timestamp().UTC(), t.UpdateTime.UTC()
	t.Start, t.Due = dateOrTime(startDate, start), dateOrTime(dueDate, due)
	t.CompleteTime, t.DeleteTime = timeOrNil(completed), timeOrNil(deleted)
	if zone != "" {
		t.TimeZone = &zone
	}
	return t, json.Unmarshal(labels, &t.Labels)
}

// dateOrTime is a date for a whole day, and an instant otherwise.
func dateOrTime(date sql.NullString, at sql.NullTime) *string {
	switch {
	case date.Valid:
		return &date.String
	case at.Valid:
		return new(at.Time.UTC().Format(time.RFC3339Nano))
	default:
		return nil
	}
}

func timeOrNil(at sql.NullTime) *time.Time {
	if !at.Valid {
		return nil
	}
	return new(at.Time.UTC())
}
