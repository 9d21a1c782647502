package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/database"
	"todokit/task/taskapp"
	"todokit/task/taskstore"
	"todokit/user/userapp"
	"todokit/user/userauth"
	"todokit/user/userstore"
)

// The databases of MariaDB.
const (
	userDatabase = "todokit_user"
	taskDatabase = "todokit_task"
	bareDatabase = "bare_task"
)

// password is everyone's.
const password = "a bench in the park" //nolint:gosec // it opens nothing

// layout is how a time is written, which both kinds of database read.
const layout = "2006-01-02 15:04:05.000000"

// seedBatch is how many tasks one statement inserts.
const seedBatch = 500

// seed fills the databases of both sides with the same.
func (c *crowd) seed(ctx context.Context, users, tasks, bare string) error {
	if err := c.seedUsers(ctx, users); err != nil {
		return err
	}
	for _, url := range []string{tasks, bare} {
		if err := c.seedTasks(ctx, url); err != nil {
			return err
		}
	}
	return nil
}

// seedUsers makes the tables of the user service, and the accounts. All have
// the same hash: registering a thousand people would take as many hashes.
func (c *crowd) seedUsers(ctx context.Context, url string) error {
	hash, err := userauth.NewHasher(nil).Hash(ctx, password)
	if err != nil {
		return fmt.Errorf("hash a password: %w", err)
	}
	db, err := database.Open(ctx, database.Options{URL: url})
	if err != nil {
		return fmt.Errorf("open the users: %w", err)
	}
	if err := db.Migrate(ctx, userapp.Name, userstore.Migrations()); err != nil {
		return errors.Join(err, db.Close())
	}
	var rows [][]any
	for _, p := range c.everyone() {
		at := p.id.Timestamp().UTC().Format(layout)
		rows = append(rows, []any{p.id[:], p.name, p.name, "", hash, at, 1, p.id[:], []byte{}})
	}
	err = bulk(ctx, db.W.DB, "INSERT INTO users (id, name, name_key, nick_name, password_hash, update_time, version, mutation, earlier)", rows)
	return errors.Join(err, db.Close())
}

// seedTasks makes the tables of the task service, and what everyone has.
func (c *crowd) seedTasks(ctx context.Context, url string) error {
	db, err := database.Open(ctx, database.Options{URL: url})
	if err != nil {
		return fmt.Errorf("open the tasks: %w", err)
	}
	if err := db.Migrate(ctx, taskapp.Name, taskstore.Migrations()); err != nil {
		return errors.Join(err, db.Close())
	}
	var owners, lists [][]any
	for _, p := range c.everyone() {
		at := p.id.Timestamp().UTC().Format(layout)
		owners = append(owners, []any{p.id[:], len(p.tasks), 1, false})
		lists = append(lists, []any{p.id[:], p.id[:], "Inbox", float64(p.id.Time()), at, 1, p.id[:]})
	}
	err = bulk(ctx, db.W.DB, "INSERT INTO owners (user_id, tasks, lists, erased)", owners)
	if err == nil {
		err = bulk(ctx, db.W.DB, "INSERT INTO lists (user_id, id, title, position, update_time, version, mutation)", lists)
	}
	r := newRandom("tasks")
	for _, p := range c.everyone() {
		if err == nil {
			err = p.seed(ctx, db.W.DB, r.Rand)
		}
	}
	return errors.Join(err, db.Close())
}

// seed inserts one person's tasks.
func (p *person) seed(ctx context.Context, db *sql.DB, r *rand.Rand) error {
	var tasks, labels [][]any
	for i, id := range p.tasks {
		row, its := p.newTask(id, i, r)
		tasks = append(tasks, row)
		for _, label := range its {
			labels = append(labels, []any{p.id[:], label, id[:]})
		}
	}
	err := bulk(ctx, db, "INSERT INTO tasks (user_id, id, list_id, trashed, title, content, status, priority, "+
		"due_date, due_time, time_zone, labels, position, complete_time, update_time, version, mutation)", tasks)
	if err != nil {
		return err
	}
	return bulk(ctx, db, "INSERT INTO task_labels (user_id, label, task_id)", labels)
}

// newTask makes up a task: one in three has two labels, one in four is due, at
// a time or on a day, and one in five is done.
func (p *person) newTask(id ulid.ULID, i int, r *rand.Rand) (row []any, labels []string) {
	created := id.Timestamp().UTC()
	var dueDate, dueTime, completed any
	zone, status := "", "todo"
	switch i % 8 {
	case 1:
		dueTime = created.Add(100 * time.Hour).Format(layout)
	case 5:
		day := created.AddDate(0, 0, 7).Truncate(24 * time.Hour)
		dueDate, dueTime, zone = day.Format(time.DateOnly), day.Format(layout), "UTC"
	}
	if i%5 == 4 {
		status, completed = "done", created.Add(time.Hour).Format(layout)
	}
	labels = []string{}
	if i%3 == 0 {
		labels = append(labels, []string{"home", "work", "garden"}[r.IntN(3)], []string{"urgent", "waiting", "someday"}[r.IntN(3)])
	}
	text, _ := json.Marshal(labels) // texts always marshal
	return []any{
		p.id[:], id[:], p.id[:], false, words(r, 40), words(r, 100), status, i % 4,
		dueDate, dueTime, zone, string(text), float64(id.Time()), completed, created.Format(layout), 1, id[:],
	}, labels
}

// bulk inserts rows, many with one statement.
func bulk(ctx context.Context, db *sql.DB, insert string, rows [][]any) error {
	for len(rows) > 0 {
		n := min(len(rows), seedBatch)
		one := "(" + strings.TrimSuffix(strings.Repeat("?,", len(rows[0])), ",") + ")"
		var args []any
		for _, row := range rows[:n] {
			args = append(args, row...)
		}
		_, err := db.ExecContext(ctx, insert+" VALUES "+strings.TrimSuffix(strings.Repeat(one+",", n), ","), args...)
		if err != nil {
			return fmt.Errorf("%s: %w", strings.SplitN(insert, " (", 2)[0], err)
		}
		rows = rows[n:]
	}
	return nil
}
