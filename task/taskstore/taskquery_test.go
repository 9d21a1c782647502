package taskstore_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"todokit/pkg/database"
	"todokit/pkg/database/databasetest"
	"todokit/pkg/optional"
	"todokit/task"
	"todokit/task/taskstore"
)

// The size of a page, and what it may cost: rows that the database looks at. For
// each of the two parts of an order it finds the place, reads one row more than
// the page has, and the owner's row.
const (
	pageRows = 20
	maxReads = pageRows + 10
)

// A page of the orders that people use is read along a key: its cost does not
// depend on how many tasks there are.
func TestStore_Tasks_ReadAlongAKey(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, taskstore.Migrations(), func(t *testing.T, db *database.DB) {
		queries := &recorder{}
		watched := *db
		watched.R = db.R.WithQueryHook(queries)
		store := taskstore.New(&watched, taskstore.Options{})
		owner, list := fill(t, db)
		long := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
		for _, f := range []task.Filter{{}, {Trash: true}} {
			inList, updated, due, todo := f, f, f, f
			inList.ListID = optional.Of(list)
			updated.UpdatedAfter, due.DueAfter, todo.Status = &long, &long, optional.Of(task.Todo)
			for _, descending := range []bool{false, true} {
				for _, q := range []task.TaskQuery{
					{Filter: f, Order: task.Order{By: task.ByCreateTime}},
					{Filter: inList, Order: task.Order{By: task.ByCreateTime}},
					{Filter: f, Order: task.Order{By: task.ByDue}},
					{Filter: inList, Order: task.Order{By: task.ByPosition}},
					{Filter: f, Order: task.Order{By: task.ByUpdateTime}},
					{Filter: updated, Order: task.Order{By: task.ByUpdateTime}},
					{Filter: due, Order: task.Order{By: task.ByDue}},
					{Filter: todo, Order: task.Order{By: task.ByCreateTime}},
				} {
					q.Owner, q.Bytes, q.Order.Descending = owner, task.MaxPageContent, descending
					name := fmt.Sprintf("%s desc %v list %v trash %v filtered %v", q.Order.By, descending,
						q.Filter.ListID.Set, f.Trash, q.Filter.Status.Set || q.Filter.UpdatedAfter != nil || q.Filter.DueAfter != nil)
					t.Run(name, func(t *testing.T) { checkPages(t, db, store, queries, q) })
				}
			}
		}
	})
}

// checkPages looks at the first page of a query, and at one in the middle.
func checkPages(t *testing.T, db *database.DB, store *taskstore.Store, queries *recorder, q task.TaskQuery) {
	t.Helper()
	page := func(size int) {
		q.Limit = size
		queries.forget()
		read, err := store.Tasks(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		found := read.Value
		if !found.More || len(found.Tasks) != size {
			t.Fatalf("a page of %d has %d tasks, more: %v", size, len(found.Tasks), found.More)
		}
		cursor := q.Order.Cursor(found.Tasks[size-1])
		q.After = &cursor
	}
	page(pageRows)
	checkPlans(t, db, queries.all())
	page(300)
	page(pageRows)
	checkPlans(t, db, queries.all())
}

// checkPlans allows one statement for a page that is full.
func checkPlans(t *testing.T, db *database.DB, queries []string) {
	t.Helper()
	if len(queries) != 1 {
		t.Errorf("%d statements: %q", len(queries), queries)
	}
	for _, q := range queries {
		checkPlan(t, db, q)
	}
}

func checkPlan(t *testing.T, db *database.DB, query string) {
	t.Helper()
	if database.IsMySQL(db.R) {
		plan := rowsOf(t, db, "EXPLAIN "+query)
		if strings.Contains(plan, "filesort") || strings.Contains(plan, "temporary") {
			t.Errorf("not read along a key: %s\n%s", plan, query)
		}
		if n := reads(t, db, query); n > maxReads {
			t.Errorf("%d rows are read for a page of %d\n%s\n%s", n, pageRows, query, plan)
		}
		return
	}
	plan := rowsOf(t, db, "EXPLAIN QUERY PLAN "+query)
	if strings.Contains(plan, "TEMP B-TREE") || strings.Contains(plan, "SCAN t") || !strings.Contains(plan, "SEARCH t USING INDEX tasks_") {
		t.Errorf("not read along a key: %s\n%s", plan, query)
	}
}

// reads returns how many rows MySQL looks at for a query.
func reads(t *testing.T, db *database.DB, query string) (n int) {
	t.Helper()
	conn, err := db.R.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.ExecContext(t.Context(), "FLUSH STATUS"); err != nil {
		t.Fatal(err)
	}
	drain(t, conn, query)
	for _, row := range drain(t, conn, "SHOW SESSION STATUS LIKE 'Handler_read%'") {
		var count int
		if _, err := fmt.Sscan(row[1], &count); err != nil {
			t.Fatal(err)
		}
		n += count
	}
	return n
}

func rowsOf(t *testing.T, db *database.DB, query string) string {
	t.Helper()
	return fmt.Sprint(drain(t, db.R, query))
}

// drain returns all that a query finds, as texts.
func drain(t *testing.T, db bun.IConn, query string) (found [][]string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		texts, places := make([]sql.NullString, len(names)), make([]any, len(names))
		for i := range texts {
			places[i] = &texts[i]
		}
		if err := rows.Scan(places...); err != nil {
			t.Fatal(err)
		}
		var row []string
		for _, text := range texts {
			row = append(row, text.String)
		}
		found = append(found, row)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return found
}

// fill stores some thousand tasks of one owner: in two lists, in turn live and
// in the trash, most of them due on one of very few days.
func fill(t *testing.T, db *database.DB) (owner, list ulid.ULID) {
	t.Helper()
	owner, list = ulid.Make(), ulid.Make()
	now := time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)
	store := taskstore.New(db, taskstore.Options{})
	inbox := task.List{Owner: owner, ID: owner, Title: "Inbox", UpdateTime: now, Version: 1}
	if err := store.OpenOwner(t.Context(), inbox); err != nil {
		t.Fatal(err)
	}
	second := inbox
	second.ID = list
	if _, err := store.InsertList(t.Context(), task.ListInsert{List: second, Limit: 10}); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		rows := make([]row, 500)
		for i := range rows {
			rows[i] = row{
				UserID: owner, ID: ulid.Make(), ListID: []ulid.ULID{owner, list}[i/2%2], Title: "title", Status: "todo",
				Labels: "null", Position: i % 3, UpdateTime: now.Add(time.Duration(i/100) * time.Second), Version: 1, Mutation: owner,
			}
			if i%10 > 1 {
				due := now.AddDate(0, 0, i%3)
				rows[i].DueTime = &due
			}
			if i%2 == 1 {
				rows[i].Trashed, rows[i].DeleteTime = true, &now
			}
		}
		if _, err := db.W.NewInsert().Model(&rows).Exec(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if database.IsMySQL(db.W) {
		drain(t, db.W, "ANALYZE TABLE tasks")
	}
	return owner, list
}

// row is a task in the table.
type row struct {
	bun.BaseModel `bun:"table:tasks"`

	UserID, ID, ListID, Mutation             ulid.ULID
	Title, Content, Status, TimeZone, Labels string
	Trashed                                  bool
	Priority, Position, Version              int
	UpdateTime                               time.Time
	DueTime, DeleteTime                      *time.Time
}

// recorder keeps the queries that were made.
type recorder struct {
	mu      sync.Mutex
	queries []string
}

func (r *recorder) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }

func (r *recorder) AfterQuery(_ context.Context, e *bun.QueryEvent) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.queries = append(r.queries, e.Query)
}

func (r *recorder) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.queries = nil
}

func (r *recorder) all() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.queries
}
