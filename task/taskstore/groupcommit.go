package taskstore

import (
	"context"
	"errors"
	"reflect"
	"slices"

	"github.com/uptrace/bun"

	"todokit/pkg/batch"
	"todokit/pkg/database"
	"todokit/pkg/errs"
	"todokit/task"
)

// Writes that arrive together are made in one transaction, with one commit: see
// package batch. That needs writes that cannot stop each other. Whatever may be
// refused, or waits for an owner's row, is made in a transaction of its own,
// which finds out the reason.

// write is one write of a task: an insertion, or else a replacement.
type write struct {
	insert  *task.TaskInsert
	replace task.TaskReplacement
}

// now returns the task as it is to be.
func (w write) now() task.Task {
	if w.insert != nil {
		return w.insert.Task
	}
	return w.replace.Now
}

func (w write) ref() task.Ref { return task.Ref{Owner: w.now().Owner, ID: w.now().ID} }

// batchable says whether a write needs no more than its row and its owner's:
// neither an idempotency key, nor a list that could be gone, nor other labels.
func (w write) batchable() bool {
	now := w.now()
	if w.insert != nil {
		return w.insert.Idempotency.Key == "" && now.ListID == now.Owner
	}
	was := w.replace.Was
	restored := was.DeleteTime != nil && now.DeleteTime == nil
	return was.ListID == now.ListID && !restored && slices.Equal(was.Labels, now.Labels)
}

// errNotBatchable sends a write from its batch to a transaction of its own.
var errNotBatchable = errors.New("not batchable")

func (s *Store) InsertTask(ctx context.Context, in task.TaskInsert) (task.Task, error) {
	t, err := s.writeInBatch(ctx, write{insert: &in})
	if errors.Is(err, errNotBatchable) {
		return s.insertTask(ctx, in)
	}
	return t, database.Convert(err)
}

func (s *Store) ReplaceTask(ctx context.Context, r task.TaskReplacement) (task.Task, error) {
	t, err := s.writeInBatch(ctx, write{replace: r})
	if errors.Is(err, errNotBatchable) {
		return s.replaceTask(ctx, r)
	}
	return t, database.Convert(err)
}

func (s *Store) writeInBatch(ctx context.Context, w write) (task.Task, error) {
	if s.writes == nil || !w.batchable() {
		return task.Task{}, errNotBatchable
	}
	return s.writes.Do(ctx, w)
}

// runBatch makes, in one transaction, all of the writes that nothing speaks
// against, and the others get errNotBatchable. If a statement fails, it does so
// once more, having looked at every row first: of writes whose rows are not as
// expected (a create that is repeated, another version) each goes by itself, and
// not the whole batch. A commit that failed may have been made: its writes are not
// made again here, since that would not be marked as a repeat.
func (s *Store) runBatch(ctx context.Context, writes []write) []batch.Result[task.Task] {
	written, committing, err := s.tryBatch(ctx, writes, false)
	if !committing && errors.Is(err, errs.ErrInternal) {
		written, committing, err = s.tryBatch(ctx, writes, true)
	}
	results := make([]batch.Result[task.Task], len(writes))
	for i := range writes {
		t, ok := written[i]
		switch {
		case err == nil && ok:
			results[i].Value = t
		case ctx.Err() != nil:
			results[i].Err = ctx.Err()
		case committing && ok:
			results[i].Err = err
		default:
			results[i].Err = errNotBatchable
		}
	}
	return results
}

// tryBatch makes the writes that can be made, and says whether it came to the
// commit.
func (s *Store) tryBatch(ctx context.Context, writes []write, lookAtAll bool) (written map[int]task.Task, committing bool, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
		written, err = writeBatch(ctx, tx, writes, lookAtAll)
		committing = err == nil
		return err
	})
	return written, committing, err
}

// writeBatch makes the writes that can be made, and returns what each of them
// has written.
func writeBatch(ctx context.Context, tx bun.Tx, writes []write, lookAtAll bool) (written map[int]task.Task, err error) {
	plan := newBatchPlan(lookAtAll)
	if err := plan.lock(ctx, tx, writes); err != nil {
		return nil, err
	}
	var inserted, replaced []taskWriteRow
	var labels []labelRow
	written = map[int]task.Task{}
	for i, w := range writes {
		moment, ok := plan.accept(w)
		if !ok {
			continue
		}
		t := w.now()
		t.UpdateTime = moment.Time()
		row, err := newTaskRow(t)
		if err != nil {
			return nil, err
		}
		if w.insert != nil {
			inserted, labels = append(inserted, *row), append(labels, labelRows(t)...)
		} else {
			replaced = append(replaced, *row)
		}
		written[i] = t
	}
	if len(written) == 0 {
		return nil, nil
	}
	if err := insertRows(ctx, tx, inserted, labels); err != nil {
		return nil, err
	}
	if err := replaceRows(ctx, tx, replaced); err != nil {
		return nil, err
	}
	return written, plan.updateOwners(ctx, tx)
}

func insertRows(ctx context.Context, tx bun.Tx, rows []taskWriteRow, labels []labelRow) error {
	if len(rows) == 0 {
		return nil
	}
	if _, err := tx.NewInsert().Model(&rows).Exec(ctx); err != nil {
		return err
	}
	return insertLabels(ctx, tx, labels)
}

// replaceRows writes rows that are there, in one statement that both kinds of
// database have: an insertion whose every row meets a row with its key. It fails
// for any that is not of the version before: the version would become NULL. That
// the rows were looked at, or the owner's revision, is not relied on alone.
func replaceRows(ctx context.Context, tx bun.Tx, rows []taskWriteRow) error {
	if len(rows) == 0 {
		return nil
	}
	q, value, each := tx.NewInsert().Model(&rows), "EXCLUDED.?", 1
	if database.IsMySQL(tx) {
		q, value, each = q.On("DUPLICATE KEY UPDATE"), "VALUES(?)", 2 // MySQL counts an update twice, and so tells it from an insertion
	} else {
		q = q.On("CONFLICT (user_id, id) DO UPDATE")
	}
	// First, because MySQL goes from left to right: the mutation is still the old one.
	q = q.Set("earlier = SUBSTR(CONCAT(HEX(mutation), earlier), 1, ?)", earlierLength)
	version := bun.Ident("version")
	q = q.Set("? = CASE WHEN ? = "+value+" - 1 THEN "+value+" END", version, version, version, version)
	for _, f := range tx.Dialect().Tables().Get(reflect.TypeFor[*taskWriteRow]()).DataFields {
		if f.Name != string(version) {
			q = q.Set("? = "+value, f.SQLName, f.SQLName)
		}
	}
	return requireRows(each * len(rows))(q.Exec(ctx))
}
