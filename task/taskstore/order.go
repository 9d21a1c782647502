package taskstore

import (
	"github.com/uptrace/bun"

	"todokit/pkg/database"
	"todokit/task"
)

// column is how an order is said in SQL.
type column struct {
	name       string // empty: the id says it all
	set, unset string // conditions that part the order; empty: something is always set
	value      func(task.Cursor) any
}

var columns = map[task.OrderField]column{
	task.ByCreateTime: {value: func(task.Cursor) any { return nil }},
	task.ByDue: {
		name: "t.due_time", set: "t.due_time IS NOT NULL", unset: "t.due_time IS NULL",
		value: func(c task.Cursor) any { return c.Time },
	},
	task.ByPriority: {
		name: "t.priority", set: "t.priority > 0", unset: "t.priority = 0",
		value: func(c task.Cursor) any { return int64(c.Number) },
	},
	task.ByPosition:   {name: "t.position", value: func(c task.Cursor) any { return double(c.Number) }},
	task.ByUpdateTime: {name: "t.update_time", value: func(c task.Cursor) any { return c.Time }},
	task.ByTitle:      {name: "t.title", value: func(c task.Cursor) any { return c.Text }},
}

// key is the expression to order by. MySQL pads texts with spaces when it
// compares them, but not bytes.
func (c column) key(db bun.IDB) string {
	if c.name == "t.title" && database.IsMySQL(db) {
		return "CAST(t.title AS BINARY)"
	}
	return c.name
}

// keyFor names the key that has the tasks in the order of a query, empty if
// there is none or if another may be better, because a filter leaves few tasks.
// Databases have to be told: they guess by figures that are old, or by none.
func keyFor(q task.TaskQuery) string {
	f := q.Filter
	due, updated := f.DueBefore != nil || f.DueAfter != nil, f.UpdatedAfter != nil
	switch by := q.Order.By; {
	case f.Label != "":
		return ""
	case by == task.ByDue && !updated && !f.ListID.Set:
		return "tasks_due"
	case by == task.ByUpdateTime && !due && !f.ListID.Set:
		return "tasks_updated"
	case due || updated:
		return ""
	case by == task.ByPosition && f.ListID.Set:
		return "tasks_placed"
	case by == task.ByCreateTime && f.ListID.Set:
		return "tasks_listed"
	case by == task.ByCreateTime:
		return "tasks_created"
	default:
		return ""
	}
}

// followKey makes a query of tasks use a key.
func followKey(q *bun.SelectQuery, db bun.IDB, name string) *bun.SelectQuery {
	switch {
	case name == "":
		return q
	case database.IsMySQL(db):
		return q.ModelTableExpr("tasks AS t FORCE INDEX (" + name + ")")
	default:
		return q.ModelTableExpr("tasks AS t INDEXED BY " + name)
	}
}
