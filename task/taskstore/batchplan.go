package taskstore

import (
	"context"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"todokit/pkg/database"
	"todokit/task"
)

// batchPlan decides which writes of a batch can be made, and when.
type batchPlan struct {
	lookAtAll bool // look up every task, also those that should not be there yet

	owners   map[ulid.ULID]*lockedOwner
	versions map[task.Ref]int64 // of the tasks that are there, where they had to be looked up
	accepted map[task.Ref]bool  // the tasks that are written
}

// lockedOwner is an owner whose row is held: as it will be, and the revision as
// it was.
type lockedOwner struct {
	ownerRow
	was     task.Revision
	changed bool
}

func newBatchPlan(lookAtAll bool) *batchPlan {
	return &batchPlan{lookAtAll: lookAtAll, owners: map[ulid.ULID]*lockedOwner{}, versions: map[task.Ref]int64{}, accepted: map[task.Ref]bool{}}
}

// lock takes the rows of the owners, and reads what is to be decided by. An
// owner whose row somebody else holds is skipped: the others shall not wait.
// The tasks of the owners do not change while their rows are held.
func (p *batchPlan) lock(ctx context.Context, tx bun.Tx, writes []write) error {
	var ids []ulid.ULID
	for _, w := range writes {
		ids = append(ids, w.now().Owner)
	}
	var owners []ownerRow
	q := tx.NewSelect().Model(&owners).Where("user_id IN (?)", bun.List(ids))
	if database.IsMySQL(tx) {
		q = q.For("UPDATE SKIP LOCKED")
	}
	if err := q.Scan(ctx); err != nil {
		return err
	}
	for _, o := range owners {
		p.owners[o.UserID] = &lockedOwner{ownerRow: o, was: o.Revision}
	}
	return p.readVersions(ctx, tx, writes)
}

// readVersions looks up those tasks whose owner has changed something since
// they were read, or all of them.
func (p *batchPlan) readVersions(ctx context.Context, tx bun.Tx, writes []write) error {
	var refs []task.Ref
	for _, w := range writes {
		if o, ok := p.owners[w.now().Owner]; ok && p.mustSee(w, o) {
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
		p.versions[task.Ref{Owner: r.UserID, ID: r.ID}] = r.Version
	}
	return nil
}

// mustSee says whether a write depends on a row that is not known for certain.
func (p *batchPlan) mustSee(w write, o *lockedOwner) bool {
	return p.lookAtAll || w.insert == nil && !o.unchangedSince(w.replace.Revision)
}

// unchangedSince says whether what was read at a revision is what is there.
func (o *lockedOwner) unchangedSince(r task.Revision) bool { return r != 0 && r == o.was }

// accept says whether a write can be made after those that were accepted
// before, and takes its moment of the owner's clock (see advance).
func (p *batchPlan) accept(w write) (task.Revision, bool) {
	o, ok := p.owners[w.now().Owner]
	if !ok || p.accepted[w.ref()] || !p.asExpected(w, o) {
		return 0, false
	}
	if w.insert != nil {
		o.Tasks++
	}
	p.accepted[w.ref()] = true
	o.Revision = max(task.Revision(w.now().UpdateTime.UnixMicro()), o.Revision+1)
	o.changed = true
	return o.Revision, true
}

// asExpected says whether nothing that is known speaks against a write.
func (p *batchPlan) asExpected(w write, o *lockedOwner) bool {
	version, seen := p.versions[w.ref()]
	if w.insert != nil {
		return o.DeleteTime == nil && o.Tasks < w.insert.Limit && !seen
	}
	return !p.mustSee(w, o) || version == w.replace.Was.Version
}

// updateOwners writes the counters and clocks of those owners for whom something
// is written.
func (p *batchPlan) updateOwners(ctx context.Context, tx bun.Tx) error {
	var ids []ulid.ULID
	var counts, moments []any
	for _, o := range p.owners {
		if o.changed {
			ids = append(ids, o.UserID)
			counts = append(counts, o.UserID, o.Tasks)
			moments = append(moments, o.UserID, o.Revision)
		}
	}
	return requireRows(len(ids))(tx.NewUpdate().Model((*ownerRow)(nil)).
		Set("tasks = "+caseOf("user_id", len(ids)), counts...).
		Set("revision = "+caseOf("user_id", len(ids)), moments...).
		Where("user_id IN (?)", bun.List(ids)).Exec(ctx))
}
