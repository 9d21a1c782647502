package taskstore

import (
	"context"
	"errors"
	"reflect"
	"slices"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"todokit/pkg/batch"
	"todokit/pkg/database"
	"todokit/pkg/mutation"
	"todokit/pkg/optional"
	"todokit/task"
)

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

// current says whether a replacement replaces what is there for sure, since its
// owner has changed nothing after it was read.
func (w write) current(o *ownerRow) bool { return w.replace.At == optional.Of(o.Revision) }

// simple says whether a write needs no more than its row and its owner's:
// neither an idempotency key, nor a list that could be gone, nor other labels.
func (w write) simple() bool {
	now := w.now()
	if w.insert != nil {
		return w.insert.Idempotency.Key == "" && now.ListID == now.Owner
	}
	was := w.replace.Was
	restored := was.DeleteTime != nil && now.DeleteTime == nil
	return was.ListID == now.ListID && !restored && slices.Equal(was.Labels, now.Labels)
}

// errAlone sends a write away from its batch, to a transaction of its own.
var errAlone = errors.New("not together with others")

// InsertTask is part of task.TaskStore.
func (s *Store) InsertTask(ctx context.Context, in task.TaskInsert) (task.Task, error) {
	if w := (write{insert: &in}); w.simple() {
		t, err := s.writes.Do(ctx, w)
		if !errors.Is(err, errAlone) {
			return t, database.Convert(err)
		}
	}
	return s.insertAlone(ctx, in)
}

// ReplaceTask is part of task.TaskStore.
func (s *Store) ReplaceTask(ctx context.Context, r task.TaskReplacement) (struct{}, error) {
	if w := (write{replace: r}); w.simple() {
		_, err := s.writes.Do(ctx, w)
		if !errors.Is(err, errAlone) {
			return struct{}{}, database.Convert(err)
		}
	}
	return struct{}{}, s.replaceAlone(ctx, r)
}

// writeTasks carries out, in one transaction, all of the writes that nothing
// speaks against. The others are sent away, with what is wrong to be found out
// there; so are all of them if a statement fails, since it may be for one. That a
// commit may have been made although it failed does no harm: a write that is
// made again finds itself.
func (s *Store) writeTasks(ctx context.Context, writes []write) []batch.Result[task.Task] {
	var made []int
	err := s.db.Tx(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
		made, err = writeSome(ctx, tx, writes)
		return err
	})
	results := make([]batch.Result[task.Task], len(writes))
	for i, w := range writes {
		switch {
		case err == nil && slices.Contains(made, i):
			results[i].Value = w.now()
		case ctx.Err() != nil:
			results[i].Err = ctx.Err()
		default:
			results[i].Err = errAlone
		}
	}
	return results
}

// writeSome makes the writes that can be made, and returns which.
func writeSome(ctx context.Context, tx bun.Tx, writes []write) (made []int, err error) {
	p := plan{owners: map[ulid.ULID]*ownerRow{}, rows: map[task.Ref]int64{}, taken: map[task.Ref]bool{}}
	if err := p.hold(ctx, tx, writes); err != nil {
		return nil, err
	}
	var inserted, replaced []taskRow
	for i, w := range writes {
		if !p.allows(w) {
			continue
		}
		row, err := newTaskRow(w.now())
		if err != nil {
			return nil, err
		}
		if w.insert != nil {
			inserted = append(inserted, *row)
		} else {
			replaced = append(replaced, *row)
		}
		made = append(made, i)
	}
	if len(made) == 0 {
		return nil, nil
	}
	if err := insertRows(ctx, tx, inserted, writes, made); err != nil {
		return nil, err
	}
	if err := replaceRows(ctx, tx, replaced); err != nil {
		return nil, err
	}
	return made, p.count(ctx, tx)
}

func insertRows(ctx context.Context, tx bun.Tx, rows []taskRow, writes []write, made []int) error {
	if len(rows) == 0 {
		return nil
	}
	if _, err := tx.NewInsert().Model(&rows).Exec(ctx); err != nil {
		return err
	}
	var labels []labelRow
	for _, i := range made {
		if writes[i].insert != nil {
			labels = append(labels, labelRows(writes[i].now())...)
		}
	}
	return insertLabelRows(ctx, tx, labels)
}

// replaceRows writes rows that are there, in one statement that both kinds of
// database have: an insertion whose every row meets a row with its key.
func replaceRows(ctx context.Context, tx bun.Tx, rows []taskRow) error {
	if len(rows) == 0 {
		return nil
	}
	q, value := tx.NewInsert().Model(&rows), "EXCLUDED.?"
	if database.IsMySQL(tx) {
		q, value = q.On("DUPLICATE KEY UPDATE"), "VALUES(?)"
	} else {
		q = q.On("CONFLICT (user_id, id) DO UPDATE")
	}
	// First, because MySQL goes from left to right: the mutation is still the old one.
	q = q.Set("earlier = SUBSTR(CONCAT(HEX(mutation), earlier), 1, ?)", (mutation.Remembered-1)*hexLength)
	for _, f := range tx.Dialect().Tables().Get(reflect.TypeFor[*taskRow]()).DataFields {
		q = q.Set("? = "+value, f.SQLName, f.SQLName)
	}
	_, err := q.Exec(ctx)
	return err
}
