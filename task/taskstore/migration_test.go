package taskstore_test

import (
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/database"
	"todokit/pkg/database/databasetest"
	"todokit/task"
	"todokit/task/taskstore"
)

// What was stored before owners had clocks: no clock begins before a time that
// is there, and an owner without anything has none.
func TestMigrations_OwnersWithRows_ClockNotBehind(t *testing.T) {
	t.Parallel()
	for name, newURL := range map[string]func(testing.TB) string{"SQLite": databasetest.SQLiteURL, "MySQL": databasetest.MySQLURL} {
		t.Run(name, func(t *testing.T) {
			db := databasetest.Open(t, newURL(t))
			if err := db.Migrate(t.Context(), "test", databasetest.Before(t, taskstore.Migrations(), "0003")); err != nil {
				t.Fatal(err)
			}
			at := time.Date(2026, 11, 22, 9, 30, 0, 123456000, time.UTC)
			insert := func(statement string, args ...any) {
				t.Helper()
				if _, err := db.W.ExecContext(t.Context(), statement, args...); err != nil {
					t.Fatal(err)
				}
			}
			const owners = "INSERT INTO owners (user_id, tasks, lists, erased) VALUES (?, 0, 0, ?)"
			const lists = "INSERT INTO lists (user_id, id, title, position, update_time, version, mutation) VALUES (?, ?, 'list', 1, ?, 1, ?)"
			none, list, live, trash := ulid.Make(), ulid.Make(), ulid.Make(), ulid.Make()
			insert(owners, none, true)
			for _, o := range []ulid.ULID{list, live, trash} {
				insert(owners, o, false)
				insert(lists, o, o, at, o)
			}
			rows := []row{
				{UserID: live, ID: live, ListID: live, Mutation: live, Labels: "null", UpdateTime: at.Add(time.Hour)},
				{UserID: trash, ID: trash, ListID: trash, Mutation: trash, Labels: "null", UpdateTime: at.Add(2 * time.Hour), Trashed: true, DeleteTime: &at},
				{UserID: trash, ID: live, ListID: trash, Mutation: trash, Labels: "null", UpdateTime: at},
			}
			if _, err := db.W.NewInsert().Model(&rows).Exec(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := db.Migrate(t.Context(), "test", taskstore.Migrations()); err != nil {
				t.Fatal(err)
			}
			store := taskstore.New(db, taskstore.Options{})
			for owner, want := range map[ulid.ULID]time.Time{list: at, live: at.Add(time.Hour), trash: at.Add(2 * time.Hour)} {
				checkClock(t, store, owner, want)
			}
			if r, err := store.Revision(t.Context(), none); r != 0 || err != nil {
				t.Errorf("the revision of an owner without anything is %d, %v", r, err)
			}
		})
	}
}

// checkClock demands that a clock has reached a time, and not passed it by much.
func checkClock(t *testing.T, store *taskstore.Store, owner ulid.ULID, want time.Time) {
	t.Helper()
	r, err := store.Revision(t.Context(), owner)
	if err != nil {
		t.Fatal(err)
	}
	if ahead := r.Time().Sub(want); ahead < 0 || ahead > time.Second {
		t.Errorf("the clock is at %v, and the last update was at %v", r.Time(), want)
	}
	v := newTask(owner)
	v.UpdateTime = want
	if v, err = store.InsertTask(t.Context(), task.TaskInsert{Task: v, Limit: task.DefaultTaskLimit}); err != nil || !v.UpdateTime.After(want) {
		t.Errorf("written at %v, %v", v.UpdateTime, err)
	}
}

// What an earlier version has stored is found as what is stored now. Of labels
// that are alike one is enough.
func TestMigrations_TasksOfBefore_Folded(t *testing.T) {
	t.Parallel()
	for name, newURL := range map[string]func(testing.TB) string{"SQLite": databasetest.SQLiteURL, "MySQL": databasetest.MySQLURL} {
		t.Run(name, func(t *testing.T) {
			db := databasetest.Open(t, newURL(t))
			if err := db.Migrate(t.Context(), "test", databasetest.Before(t, taskstore.Migrations(), "0006")); err != nil {
				t.Fatal(err)
			}
			owner := fillBefore(t, db)
			if err := db.Migrate(t.Context(), "test", taskstore.Migrations()); err != nil {
				t.Fatal(err)
			}
			store := taskstore.New(db, taskstore.Options{})
			for _, f := range []task.Filter{{Text: "οδοσ"}, {Text: "café"}, {Label: "strasse"}, {Label: "work"}} {
				q := task.TaskQuery{Owner: owner, Filter: f, Order: task.Order{By: task.ByCreateTime}, Limit: 1000, Bytes: task.MaxPageContent}
				found, err := store.Tasks(t.Context(), q)
				if err != nil || len(found.Value.Tasks) != oldTasks {
					t.Errorf("%+v finds %d of %d tasks, %v", f, len(found.Value.Tasks), oldTasks, err)
				}
			}
		})
	}
}

// oldTasks is more than one transaction of the step folds.
const oldTasks = 450

// fillBefore stores tasks as they were before texts were folded.
func fillBefore(t *testing.T, db *database.DB) (owner ulid.ULID) {
	t.Helper()
	owner, at := ulid.Make(), time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)
	exec := func(statement string, args ...any) {
		t.Helper()
		if _, err := db.W.ExecContext(t.Context(), statement, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec("INSERT INTO owners (user_id, tasks, lists, erased, revision) VALUES (?, 0, 0, ?, 1)", owner, false)
	exec("INSERT INTO lists (user_id, id, title, position, update_time, version, mutation) VALUES (?, ?, 'list', 1, ?, 1, ?)", owner, owner, at, owner)
	var rows []row
	for range oldTasks {
		rows = append(rows, row{
			UserID: owner, ID: ulid.Make(), ListID: owner, Mutation: owner, Title: "ΟΔΟΣ", Content: "Cafe\u0301",
			Labels: `["Work","work","Straße"]`, UpdateTime: at, Version: 1,
		})
	}
	if _, err := db.W.NewInsert().Model(&rows).Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		exec("INSERT INTO task_labels (user_id, label, task_id) VALUES (?, ?, ?), (?, ?, ?), (?, ?, ?)",
			owner, "Work", r.ID, owner, "work", r.ID, owner, "Straße", r.ID)
	}
	return owner
}
