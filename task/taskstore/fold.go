package taskstore

import (
	"context"
	"fmt"
	"slices"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"todokit/pkg/casefold"
	"todokit/pkg/database"
	"todokit/task"
)

// Texts are compared in the form that package casefold computes, on every
// database alike: byte by byte. For a task it is stored beside what is shown: of
// title and content in the column "folded", and of each label in task_labels.

// fieldEnd stands between title and content, so that a search finds nothing that
// begins in one and ends in the other. No text to search for has it.
const fieldEnd = "\x01"

// foldedText returns what a search in a task looks at.
func foldedText(title, content string) string {
	return casefold.String(title) + fieldEnd + casefold.String(content)
}

// foldRows is how many tasks are folded in one transaction.
const foldRows = 200

// foldStep folds the tasks that an earlier version has written.
func foldStep() database.Step { return database.Step{Name: "0006", Run: foldTasks} }

// foldTasks folds the tasks that are not folded yet. It may be interrupted at any
// time, and then goes on with those that are left.
func foldTasks(ctx context.Context, db *bun.DB) error {
	for after := (task.Ref{}); ; {
		var last task.Ref
		err := inTx(ctx, db, func(ctx context.Context, tx bun.IDB) (err error) {
			last, err = foldSome(ctx, tx, after)
			return err
		})
		if err != nil || last == (task.Ref{}) {
			return err
		}
		after = last
	}
}

// inTx runs do in a transaction. On SQLite all migrations are one already.
func inTx(ctx context.Context, db *bun.DB, do func(context.Context, bun.IDB) error) error {
	if !database.IsMySQL(db) {
		return do(ctx, db)
	}
	return db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error { return do(ctx, tx) })
}

// foldSome folds the next tasks after one, and returns the last of them, zero if
// there was none.
func foldSome(ctx context.Context, db bun.IDB, after task.Ref) (last task.Ref, err error) {
	var rows []taskRow
	q := db.NewSelect().Model(&rows).Column("user_id", "id", "title", "content", "labels").
		Where("t.folded IS NULL").Order("t.user_id", "t.id").Limit(foldRows)
	if database.IsMySQL(db) {
		q = q.Where("(t.user_id > ? OR (t.user_id = ? AND t.id > ?))", after.Owner, after.Owner, after.ID).For("UPDATE")
	} else {
		q = q.Where("(t.user_id, t.id) > (?, ?)", after.Owner, after.ID)
	}
	if err := q.Scan(ctx); err != nil {
		return last, err
	}
	for len(rows) > 0 {
		n := countTogether(rows)
		if err := foldRowsOf(ctx, db, rows[0].UserID, rows[:n]); err != nil {
			return last, err
		}
		last = task.Ref{Owner: rows[n-1].UserID, ID: rows[n-1].ID}
		rows = rows[n:]
	}
	return last, nil
}

// foldBytes is about how much text one statement has.
const foldBytes = 256 << 10

// countTogether returns how many of the first rows are folded in one statement:
// those of one owner, of so many bytes.
func countTogether(rows []taskRow) (n int) {
	bytes := 0
	for n < len(rows) && rows[n].UserID == rows[0].UserID && bytes < foldBytes {
		bytes += len(rows[n].Title) + len(rows[n].Content)
		n++
	}
	return n
}

// foldRowsOf folds tasks of one owner.
func foldRowsOf(ctx context.Context, db bun.IDB, owner ulid.ULID, rows []taskRow) error {
	var ids, relabelled []ulid.ULID
	var folded []any
	var labels []labelRow
	for _, r := range rows {
		ids = append(ids, r.ID)
		folded = append(folded, r.ID, foldedText(r.Title, r.Content))
		t := task.Task{Owner: owner, ID: r.ID}
		var err error
		if t.Labels, err = readLabels(r.Labels); err != nil {
			return fmt.Errorf("labels of the task %s of %s: %w", r.ID, owner, err)
		}
		if slices.ContainsFunc(t.Labels, func(label string) bool { return casefold.String(label) != label }) {
			relabelled, labels = append(relabelled, r.ID), append(labels, labelRows(t)...)
		}
	}
	_, err := db.NewUpdate().Table("tasks").Set("folded = "+caseOf("id", len(ids)), folded...).
		Where("user_id = ?", owner).Where("id IN (?)", bun.List(ids)).Exec(ctx)
	if err != nil || len(relabelled) == 0 {
		return err
	}
	_, err = db.NewDelete().Model((*labelRow)(nil)).
		Where("user_id = ?", owner).Where("task_id IN (?)", bun.List(relabelled)).Exec(ctx)
	if err != nil {
		return err
	}
	return insertLabels(ctx, db, labels)
}
