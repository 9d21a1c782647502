package taskstore

import (
	"context"
	"database/sql"

	"github.com/uptrace/bun"

	"todokit/pkg/database"
	"todokit/task"
)

func (s *Store) Tasks(ctx context.Context, q task.TaskQuery) (task.Read[task.TaskBatch], error) {
	return conditional(ctx, s, q.Owner, q.Known, func() (task.Read[task.TaskBatch], error) { return s.readTasks(ctx, q) })
}

// readTasks reads an order in which nothing-set comes last in two parts, each
// along the same key: first the tasks with something set, then, if there is room
// left, the others. Those are two statements. If something was written between
// them, a task may be in both parts or in none: that is no state of any revision,
// and is returned with none.
func (s *Store) readTasks(ctx context.Context, q task.TaskQuery) (task.Read[task.TaskBatch], error) {
	r := taskReader{query: q}
	for i, unset := range parts(q) {
		revision, err := s.readPart(ctx, &r, unset)
		if err != nil {
			return task.Read[task.TaskBatch]{}, err
		}
		switch {
		case i == 0:
			r.read.Revision = revision
		case revision != r.read.Revision:
			r.read.Revision = 0
		}
		if r.read.Value.More {
			break
		}
	}
	return r.read, nil
}

// parts says which parts of the order are still to be read.
func parts(q task.TaskQuery) []bool {
	dueSet := q.Filter.DueBefore != nil || q.Filter.DueAfter != nil
	switch {
	case columns[q.Order.By].set == "", q.Order.By == task.ByDue && dueSet:
		return []bool{false}
	case q.After != nil && q.After.Unset:
		return []bool{true}
	default:
		return []bool{false, true}
	}
}

// readPart reads one part of an order, and returns the owner's revision of the
// same statement. Each task brings the revision along, which costs next to
// nothing. If there is no task, it takes a statement that finds the owner at
// least, which costs half as much again as a page; a query that looks at many
// tasks to find none begins with that one.
func (s *Store) readPart(ctx context.Context, r *taskReader, unset bool) (task.Revision, error) {
	tasks := s.selectTasks(r.query, unset).Limit(int64(r.query.Limit + 1 - len(r.read.Value.Tasks)))
	if r.query.Filter.Text == "" && keyFor(r.query) != "" {
		rows, err := tasks.Rows(ctx)
		if err != nil {
			return 0, err
		}
		revision, some, err := r.scan(ctx, s.db.R, rows)
		if some || err != nil {
			return revision, err
		}
	}
	owner := s.db.R.NewSelect().Model((*taskReadRow)(nil)).ColumnExpr("?TableColumns").ColumnExpr("o.revision").
		ModelTableExpr("owners AS o").Where("o.user_id = ?", r.query.Owner).
		Join("LEFT JOIN tasks AS t ON t.user_id = o.user_id AND t.id = NULL")
	rows, err := s.withOwner(ctx, owner, tasks)
	if err != nil {
		return 0, err
	}
	revision, _, err := r.scan(ctx, s.db.R, rows)
	return revision, err
}

// withOwner runs two queries as one statement: owner, for one row, and another.
func (s *Store) withOwner(ctx context.Context, owner, others *bun.SelectQuery) (*sql.Rows, error) {
	if database.IsMySQL(s.db.R) {
		return s.db.R.QueryContext(ctx, "? UNION ALL (?)", owner, others)
	}
	return s.db.R.QueryContext(ctx, "? UNION ALL SELECT * FROM (?)", owner, others)
}

// taskReader takes rows until a page is full.
type taskReader struct {
	query task.TaskQuery
	bytes int
	read  task.Read[task.TaskBatch]
}

// scan closes rows, without decoding those that are beyond a full page. It
// returns the revision that the rows bring along, if there are some.
func (r *taskReader) scan(ctx context.Context, db *bun.DB, rows *sql.Rows) (revision task.Revision, some bool, err error) {
	defer func() { _ = rows.Close() }()
	found := &r.read.Value
	var row taskReadRow
	for rows.Next() {
		row = taskReadRow{}
		if err := db.ScanRow(ctx, rows, &row); err != nil {
			return 0, some, err
		}
		revision, some = row.Revision, true
		if row.ID.IsZero() {
			continue // the owner's row, without a task
		}
		size := len(row.Title) + len(row.Content)
		full := len(found.Tasks) == r.query.Limit || r.bytes+size > r.query.Bytes
		if full && len(found.Tasks) > 0 {
			found.More = true
			return revision, some, nil
		}
		t, err := row.task()
		if err != nil {
			return 0, some, err
		}
		if found.Tasks == nil {
			found.Tasks = make([]task.Task, 0, min(r.query.Limit, task.DefaultPage))
		}
		r.bytes += size
		found.Tasks = append(found.Tasks, t)
	}
	return revision, some, rows.Err()
}

// selectTasks is the query for one part of an order.
func (s *Store) selectTasks(query task.TaskQuery, unset bool) *bun.SelectQuery {
	c := columns[query.Order.By]
	q := s.db.R.NewSelect().Model((*taskReadRow)(nil)).ColumnExpr("?TableColumns").
		ColumnExpr("(SELECT o.revision FROM owners AS o WHERE o.user_id = ?) AS revision", query.Owner).
		Where("t.user_id = ?", query.Owner).Where("t.trashed = ?", query.Filter.Trash)
	q = followKey(q, s.db.R, keyFor(query))
	q = filter(q, query)
	key := c.key(s.db.R)
	switch {
	case unset:
		key = ""
		q = q.Where(c.unset)
	case c.set != "":
		q = q.Where(c.set)
	}
	if query.After != nil && query.After.Unset == unset {
		q = after(q, s.db.R, key, c.value(*query.After), query)
	}
	direction := " ASC"
	if query.Order.Descending {
		direction = " DESC"
	}
	if key != "" {
		q = q.OrderExpr(key + direction)
	}
	return q.OrderExpr("t.id" + direction)
}

// after begins behind a cursor. The two dialects follow a key with a different
// form of the same condition.
func after(q *bun.SelectQuery, db bun.IDB, key string, value any, query task.TaskQuery) *bun.SelectQuery {
	than := ">"
	if query.Order.Descending {
		than = "<"
	}
	switch {
	case key == "":
		return q.Where("t.id "+than+" ?", query.After.ID)
	case database.IsMySQL(db):
		return q.Where("("+key+" "+than+" ? OR ("+key+" = ? AND t.id "+than+" ?))", value, value, query.After.ID)
	default:
		return q.Where("("+key+", t.id) "+than+" (?, ?)", value, query.After.ID)
	}
}

func filter(q *bun.SelectQuery, query task.TaskQuery) *bun.SelectQuery {
	f := query.Filter
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
			query.Owner, f.Label)
	}
	if f.Text != "" {
		q = q.Where("INSTR(t.folded, ?) > 0", f.Text)
	}
	return q
}
