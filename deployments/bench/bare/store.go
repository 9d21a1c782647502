package bare

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"github.com/oklog/ulid/v2"
)

// layout is how a time is written, which both databases read.
const layout = "2006-01-02 15:04:05.000000"

// Store has the statements, each of them run by itself.
type Store struct {
	read, write *sql.DB
	page        string // the query of a page
}

const (
	insert = "INSERT INTO tasks (user_id, id, list_id, trashed, title, content, status, priority, time_zone, labels, position, update_time, version, mutation) " +
		"VALUES (?, ?, ?, 0, ?, ?, ?, ?, '', ?, ?, ?, 1, ?)"
	update = "UPDATE tasks SET title = COALESCE(?, title), content = COALESCE(?, content), update_time = ?, version = version + 1 WHERE user_id = ? AND id = ?"
	one    = "SELECT " + fields + " FROM tasks WHERE user_id = ? AND id = ?"
	// Without being told of the key, databases may sort all that the owner has.
	some = "SELECT " + fields + " FROM tasks %s tasks_created%s WHERE user_id = ? AND trashed = 0 ORDER BY id LIMIT ?"
)

// Insert stores a new task.
func (s *Store) Insert(ctx context.Context, owner, id ulid.ULID, t Task) error {
	labels, err := json.Marshal(t.Labels)
	if err != nil {
		return fmt.Errorf("encode labels: %w", err)
	}
	_, err = s.write.ExecContext(ctx, insert, owner[:], id[:], owner[:], t.Title, t.Content, t.Status, t.Priority,
		string(labels), t.Position, t.UpdateTime.Format(layout), id[:])
	if err != nil {
		return fmt.Errorf("insert a task: %w", err)
	}
	return nil
}

// Task returns one task.
func (s *Store) Task(ctx context.Context, owner, id ulid.ULID) (Task, error) {
	return scan(s.read.QueryRowContext(ctx, one, owner[:], id[:]))
}

// Page returns the first tasks in the order of their creation. It asks for one
// more, to know whether there are others.
func (s *Store) Page(ctx context.Context, owner ulid.ULID, size int) (Page, error) {
	rows, err := s.read.QueryContext(ctx, s.page, owner[:], size+1)
	if err != nil {
		return Page{}, fmt.Errorf("list tasks: %w", err)
	}
	defer func() { _ = rows.Close() }()
	page := Page{Tasks: make([]Task, 0, size)}
	for rows.Next() {
		if len(page.Tasks) == size {
			page.Next = base64.RawURLEncoding.EncodeToString([]byte(page.Tasks[size-1].ID))
			break
		}
		t, err := scan(rows)
		if err != nil {
			return Page{}, err
		}
		page.Tasks = append(page.Tasks, t)
	}
	return page, rows.Err()
}

// Update changes a task, as of a time.
func (s *Store) Update(ctx context.Context, owner, id ulid.ULID, c Change, now time.Time) error {
	_, err := s.write.ExecContext(ctx, update, c.Title, c.Content, now.Format(layout), owner[:], id[:])
	if err != nil {
		return fmt.Errorf("update a task: %w", err)
	}
	return nil
}
