package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/deployments/bench/bare"
)

// Everyone has the same password, and its hash as the user service makes it:
// registering a thousand users would take as many hashes.
const (
	password     = "a bench in the park"                                                                               //nolint:gosec // it opens nothing
	passwordHash = "$argon2id$v=19$m=19456,t=2,p=1$IT6jI+cBMEJo1Z5hT1QBTQ$XBdw4+8R2O2FrX68b5cyjuGTwokUw83wLKPFvNs/PPE" //nolint:gosec // of this password
)

// seed writes users and tasks into tables that todokit has made.
func (d *dataset) seed(ctx context.Context, to databases) error {
	var users, owners, lists, tasks, labels [][]any
	revision, err := newRevision(ctx, to["task"])
	if err != nil {
		return err
	}
	r := newRandom("tasks")
	for _, u := range d.users {
		created := u.id.Timestamp().UTC().Format(bare.Layout)
		users = append(users, []any{u.id[:], u.name, u.name, "", passwordHash, created, 1, u.id[:], []byte{}})
		owners = append(owners, []any{u.id[:], len(u.tasks), 1, false, revision})
		lists = append(lists, []any{u.id[:], u.id[:], "Inbox", float64(u.id.Time()), created, 1, u.id[:]})
		for i, id := range u.tasks {
			row, its := u.newTask(id, i, r)
			tasks = append(tasks, row)
			for _, label := range its {
				labels = append(labels, []any{u.id[:], label, id[:]})
			}
		}
	}
	for _, table := range []struct {
		url, columns string
		rows         [][]any
	}{
		{to["user"], "users (id, name, name_key, nick_name, password_hash, update_time, version, mutation, earlier)", users},
		{to["task"], "owners (user_id, tasks, lists, erased, revision)", owners},
		{to["task"], "lists (user_id, id, title, position, update_time, version, mutation)", lists},
		{to["task"], "tasks (user_id, id, list_id, trashed, title, content, status, priority, due_date, due_time, time_zone, " +
			"labels, position, complete_time, update_time, version, mutation)", tasks},
		{to["task"], "task_labels (user_id, label, task_id)", labels},
	} {
		if err := insert(ctx, table.url, table.columns, table.rows); err != nil {
			return fmt.Errorf("insert into %s: %w", table.columns, err)
		}
	}
	return nil
}

// newRevision is a value for owners.revision, which is a number of microseconds,
// and was 16 bytes in earlier commits.
func newRevision(ctx context.Context, url string) (any, error) {
	db, reader, err := bare.Open(url)
	if err != nil {
		return nil, err
	}
	defer func() { _, _ = db.Close(), reader.Close() }()
	rows, err := db.QueryContext(ctx, "SELECT revision FROM owners WHERE 1 = 0")
	if err != nil {
		return nil, err
	}
	columns, err := rows.ColumnTypes()
	if err = errors.Join(err, rows.Close(), rows.Err()); err == nil && !strings.Contains(columns[0].DatabaseTypeName(), "INT") {
		return make([]byte, 16), nil
	}
	return time.Now().UnixMicro(), err
}

// insert inserts rows, many with one statement.
func insert(ctx context.Context, url, columns string, all [][]any) error {
	db, reader, err := bare.Open(url)
	if err != nil {
		return err
	}
	for rows := range slices.Chunk(all, 500) {
		one := "(" + strings.TrimSuffix(strings.Repeat("?,", len(rows[0])), ",") + ")"
		_, errRows := db.ExecContext(ctx, "INSERT INTO "+columns+" VALUES "+strings.TrimSuffix(strings.Repeat(one+",", len(rows)), ","), slices.Concat(rows...)...) //nolint:gosec // our own names
		err = errors.Join(err, errRows)
	}
	return errors.Join(err, db.Close(), reader.Close())
}

// newTask makes up a task: one in three has two labels, one in four is due, at
// a time or on a day, and one in five is done.
func (u *user) newTask(id ulid.ULID, i int, r *rand.Rand) (row []any, labels []string) {
	created := id.Timestamp().UTC()
	var dueDate, dueTime, completed any
	zone, status := "", "todo"
	switch i % 8 {
	case 1:
		dueTime = created.Add(100 * time.Hour).Format(bare.Layout)
	case 5:
		day := created.AddDate(0, 0, 7).Truncate(24 * time.Hour)
		dueDate, dueTime, zone = day.Format(time.DateOnly), day.Format(bare.Layout), "UTC"
	}
	if i%5 == 4 {
		status, completed = "done", created.Add(time.Hour).Format(bare.Layout)
	}
	labels = []string{}
	if i%3 == 0 {
		labels = append(labels, []string{"home", "work", "garden"}[r.IntN(3)], []string{"urgent", "waiting", "someday"}[r.IntN(3)])
	}
	text, _ := json.Marshal(labels) // texts always marshal
	return []any{
		u.id[:], id[:], u.id[:], false, words(r, 40), words(r, 100), status, i % 4,
		dueDate, dueTime, zone, string(text), float64(id.Time()), completed, created.Format(bare.Layout), 1, id[:],
	}, labels
}
