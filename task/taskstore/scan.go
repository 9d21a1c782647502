package taskstore

import (
	"context"
	"database/sql"
	"strings"

	"github.com/uptrace/bun"

	"todokit/pkg/database"
	"todokit/task"
)

// Tasks is part of task.TaskStore. An order in which nothing-set comes last is
// read in two parts, each along the same key: first the tasks with something
// set, then, if there is room left, the others.
func (s *Store) Tasks(ctx context.Context, scan task.TaskScan) (task.TaskSlice, error) {
	r := reader{scan: scan}
	for _, unset := range parts(scan) {
		rows, err := s.part(scan, unset).Limit(int64(scan.Limit + 1 - len(r.found.Tasks))).Rows(ctx)
		if err != nil {
			return task.TaskSlice{}, database.Convert(err)
		}
		if err := r.read(ctx, s.db.R, rows); err != nil {
			return task.TaskSlice{}, database.Convert(err)
		}
		if r.found.More {
			break
		}
	}
	return r.found, nil
}

// parts says which parts of the order are still to be read.
func parts(scan task.TaskScan) []bool {
	dueSet := scan.Filter.DueBefore != nil || scan.Filter.DueAfter != nil
	switch {
	case columns[scan.Order.By].set == "", scan.Order.By == task.ByDue && dueSet:
		return []bool{false}
	case scan.After != nil && scan.After.Unset:
		return []bool{true}
	default:
		return []bool{false, true}
	}
}

// reader takes rows until a page is full.
type reader struct {
	scan  task.TaskScan
	bytes int
	found task.TaskSlice
}

// read closes rows, without decoding those that are beyond a full page.
func (r *reader) read(ctx context.Context, db *bun.DB, rows *sql.Rows) error {
	defer func() { _ = rows.Close() }()
	var row taskRow
	for rows.Next() {
		row = taskRow{}
		if err := db.ScanRow(ctx, rows, &row); err != nil {
			return err
		}
		size := len(row.Title) + len(row.Content)
		full := len(r.found.Tasks) == r.scan.Limit || r.bytes+size > r.scan.Bytes
		if full && len(r.found.Tasks) > 0 {
			r.found.More = true
			return nil
		}
		t, err := row.task()
		if err != nil {
			return err
		}
		if r.found.Tasks == nil {
			r.found.Tasks = make([]task.Task, 0, min(r.scan.Limit, task.DefaultPage))
		}
		r.bytes += size
		r.found.Tasks = append(r.found.Tasks, t)
	}
	return rows.Err()
}

// part is the query for one part of an order.
func (s *Store) part(scan task.TaskScan, unset bool) *bun.SelectQuery {
	c := columns[scan.Order.By]
	q := s.db.R.NewSelect().Model((*taskRow)(nil)).
		Where("t.user_id = ?", scan.Owner).Where("t.trashed = ?", scan.Filter.Trash)
	q = alongKey(q, s.db.R, keyFor(scan))
	q = filter(q, s.db.R, scan)
	key := c.key(s.db.R)
	switch {
	case unset:
		key = ""
		q = q.Where(c.unset)
	case c.set != "":
		q = q.Where(c.set)
	}
	if scan.After != nil && scan.After.Unset == unset {
		q = after(q, s.db.R, key, c.value(*scan.After), scan)
	}
	direction := " ASC"
	if scan.Order.Descending {
		direction = " DESC"
	}
	if key != "" {
		q = q.OrderExpr(key + direction)
	}
	return q.OrderExpr("t.id" + direction)
}

// after begins behind a place. The two dialects follow a key with a different
// form of the same condition.
func after(q *bun.SelectQuery, db bun.IDB, key string, value any, scan task.TaskScan) *bun.SelectQuery {
	than := ">"
	if scan.Order.Descending {
		than = "<"
	}
	switch {
	case key == "":
		return q.Where("t.id "+than+" ?", scan.After.ID)
	case database.IsMySQL(db):
		return q.Where("("+key+" "+than+" ? OR ("+key+" = ? AND t.id "+than+" ?))", value, value, scan.After.ID)
	default:
		return q.Where("("+key+", t.id) "+than+" (?, ?)", value, scan.After.ID)
	}
}

func filter(q *bun.SelectQuery, db bun.IDB, scan task.TaskScan) *bun.SelectQuery {
	f := scan.Filter
	if f.ListID.Set {
		q = q.Where("t.list_id = ?", f.ListID.Value)
	}
	if f.Status.Set {
		q = q.Where("t.status = ?", f.Status.Value)
	}
	if f.Priority.Set {
		q = q.Where("t.priority = ?", f.Priority.Value)
	}
	if f.DueBefore != nil {
		q = q.Where("t.due_time < ?", *f.DueBefore)
	}
	if f.DueAfter != nil {
		q = q.Where("t.due_time > ?", *f.DueAfter)
	}
	if f.UpdatedAfter != nil {
		q = q.Where("t.update_time > ?", *f.UpdatedAfter)
	}
	if f.Label != "" {
		q = q.Join("JOIN task_labels AS tl ON tl.user_id = t.user_id AND tl.task_id = t.id AND tl.user_id = ? AND tl.label = ?",
			scan.Owner, f.Label)
	}
	if f.Text != "" {
		contains := "INSTR(" + database.LowerExpr(db) + ", ?) > 0"
		text := strings.ToLower(f.Text)
		q = q.Where("("+contains+" OR "+contains+")", bun.Ident("t.title"), text, bun.Ident("t.content"), text)
	}
	return q
}
