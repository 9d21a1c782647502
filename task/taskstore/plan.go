package taskstore

import (
	"context"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"todokit/pkg/database"
	"todokit/task"
)

// plan decides which writes can be made together.
type plan struct {
	owners map[ulid.ULID]*ownerRow // those whose rows are held, as they will be
	rows   map[task.Ref]int64      // the versions of the tasks to replace, where they had to be looked up
	taken  map[task.Ref]bool       // the tasks that are written
}

// hold takes the rows of the owners, and reads what is to be decided by. An
// owner whose row somebody else holds is passed by: the others shall not wait.
// The tasks of the owners do not change while their rows are held.
func (p *plan) hold(ctx context.Context, tx bun.Tx, writes []write) error {
	var ids []ulid.ULID
	for _, w := range writes {
		ids = append(ids, w.now().Owner)
	}
	var owners []*ownerRow
	q := tx.NewSelect().Model(&owners).Where("user_id IN (?)", bun.List(ids))
	if database.IsMySQL(tx) {
		q = q.For("UPDATE SKIP LOCKED")
	}
	if err := q.Scan(ctx); err != nil {
		return err
	}
	for _, o := range owners {
		p.owners[o.UserID] = o
	}
	return p.lookUp(ctx, tx, writes)
}

// lookUp reads the versions of those tasks whose owner has changed something
// since they were read.
func (p *plan) lookUp(ctx context.Context, tx bun.Tx, writes []write) error {
	var refs []task.Ref
	for _, w := range writes {
		if o, held := p.owners[w.now().Owner]; held && w.insert == nil && !w.current(o) {
			refs = append(refs, w.ref())
		}
	}
	if len(refs) == 0 {
		return nil
	}
	var rows []taskRow
	if err := byKey(tx.NewSelect().Model(&rows).Column("user_id", "id", "version"), tx, refs).Scan(ctx); err != nil {
		return err
	}
	for _, r := range rows {
		p.rows[task.Ref{Owner: r.UserID, ID: r.ID}] = r.Version
	}
	return nil
}

// allows says whether a write can be made after those that were allowed before.
func (p *plan) allows(w write) bool {
	o, held := p.owners[w.now().Owner]
	if !held || p.taken[w.ref()] {
		return false
	}
	if w.insert != nil {
		if o.DeleteTime != nil || o.Tasks >= w.insert.Limit {
			return false
		}
		o.Tasks++
	} else if !w.current(o) && p.rows[w.ref()] != w.replace.Was.Version {
		return false
	}
	p.taken[w.ref()] = true
	return true
}

// count writes the counters and revisions of those owners for whom something
// is written.
func (p *plan) count(ctx context.Context, tx bun.Tx) error {
	revision := newRevision()
	counts, args := "CASE user_id", []any{}
	var ids []ulid.ULID
	for ref := range p.taken {
		o, ok := p.owners[ref.Owner]
		if !ok {
			continue // done already
		}
		delete(p.owners, ref.Owner)
		ids = append(ids, o.UserID)
		counts += " WHEN ? THEN ?"
		args = append(args, o.UserID, o.Tasks)
	}
	return found(tx.NewUpdate().Model((*ownerRow)(nil)).Set("tasks = "+counts+" END", args...).
		Set("revision = ?", revision).Where("user_id IN (?)", bun.List(ids)).Exec(ctx))
}
