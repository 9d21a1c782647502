package main

import (
	"context"
	"database/sql"
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
	passwordHash = "$argon2id$v=19$m=19456,t=2,p=1$IT6jI+cBMEJo1Z5hT1QBTQ$XBdw4+8R2O2FrX68b5cyjuGTwokUw83wLKPFvNs/PPE" //nolint:gosec // of made-up users, whose password stands beside it
)

// rowsPerInsert is how many rows one statement inserts.
const rowsPerInsert = 500

// seed writes users and tasks into tables that todokit has made.
func (d *dataset) seed(ctx context.Context, to databases) error {
	return errors.Join(seedTables(ctx, to.user, d.userRows), seedTables(ctx, to.task, d.taskRows))
}

// table is "name (column, …)", and the rows to be inserted there.
type table struct {
	columns string
	rows    [][]any
}

func seedTables(ctx context.Context, url string, tables func(context.Context, *sql.DB) ([]table, error)) error {
	db, read, err := bare.Open(url)
	if err != nil {
		return err
	}
	all, err := tables(ctx, db)
	for i := 0; i < len(all) && err == nil; i++ {
		err = all[i].insert(ctx, db)
	}
	return errors.Join(err, db.Close(), read.Close())
}

func (d *dataset) userRows(context.Context, *sql.DB) ([]table, error) {
	users := table{columns: "users (id, name, name_key, nick_name, password_hash, update_time, version, mutation, earlier)"}
	for _, u := range d.users {
		users.add(u.id[:], u.name, u.name, "", passwordHash, u.created(), 1, u.id[:], []byte{})
	}
	return []table{users}, nil
}

func (d *dataset) taskRows(ctx context.Context, db *sql.DB) ([]table, error) {
	owners := table{columns: "owners (user_id, tasks, lists, erased, revision)"}
	lists := table{columns: "lists (user_id, id, title, position, update_time, version, mutation)"}
	tasks := table{columns: "tasks (user_id, id, list_id, trashed, title, content, status, priority, due_date, due_time, time_zone, " +
		"labels, position, complete_time, update_time, version, mutation)"}
	labels := table{columns: "task_labels (user_id, label, task_id)"}
	revision, err := newRevision(ctx, db)
	r := newRandom("tasks")
	for _, u := range d.users {
		owners.add(u.id[:], len(u.tasks), 1, false, revision)
		lists.add(u.id[:], u.id[:], "Inbox", float64(u.id.Time()), u.created(), 1, u.id[:])
		for i, id := range u.tasks {
			row, its := u.newTask(id, i, r)
			tasks.add(row...)
			for _, label := range its {
				labels.add(u.id[:], label, id[:])
			}
		}
	}
	return []table{owners, lists, tasks, labels}, err
}

func (u *user) created() string { return u.id.Timestamp().UTC().Format(bare.Layout) }

// newRevision is a value for owners.revision, which is a number of microseconds,
// and was 16 bytes in earlier commits.
func newRevision(ctx context.Context, db *sql.DB) (any, error) {
	rows, err := db.QueryContext(ctx, "SELECT revision FROM owners WHERE 1 = 0")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.ColumnTypes()
	if err != nil {
		return nil, err
	}
	if kind := columns[0].DatabaseTypeName(); kind != "BIGINT" && kind != "INTEGER" {
		return make([]byte, 16), rows.Err()
	}
	return time.Now().UnixMicro(), rows.Err()
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

func (t *table) add(row ...any) { t.rows = append(t.rows, row) }

// insert inserts the rows, many with one statement.
func (t table) insert(ctx context.Context, db *sql.DB) error {
	for rows := range slices.Chunk(t.rows, rowsPerInsert) {
		one := "(" + strings.TrimSuffix(strings.Repeat("?,", len(rows[0])), ",") + ")"
		_, err := db.ExecContext(ctx, "INSERT INTO "+t.columns+" VALUES "+strings.TrimSuffix(strings.Repeat(one+",", len(rows)), ","), slices.Concat(rows...)...) //nolint:gosec // only names of columns and question marks are joined
		if err != nil {
			return fmt.Errorf("insert into %s: %w", t.columns, err)
		}
	}
	return nil
}
