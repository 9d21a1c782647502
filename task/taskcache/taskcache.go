// Package taskcache answers the scans of a task.Store from copies, as long as
// these are true. It is a decorator of the port. A single task or list is not
// copied: to read it by its key costs as much as to read the revision.
//
// A copy never changes. Its key holds the owner's revision, which is read from
// the database before the key is made, at each read; whoever has written
// something has made another revision, and finds no older copy. DECISIONS 34 has
// the proof. A copy may be younger than its key says, never older.
package taskcache

import (
	"context"
	"encoding/json"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/cache"
	"todokit/pkg/errs"
	"todokit/pkg/optional"
	"todokit/task"
)

// Copy is what a read has returned. Nobody may change it.
type Copy struct {
	Tasks []task.Task
	Lists []task.List
	More  bool
}

// Store is a task.Store that remembers. What it does not remember, and all
// that is no read, is the business of the store behind it.
type Store struct {
	task.Store

	copies cache.Cache[Copy]
}

var _ task.Store = (*Store)(nil)

// New returns a store before another one.
func New(behind task.Store, copies cache.Cache[Copy]) *Store {
	return &Store{Store: behind, copies: copies}
}

// Tasks is part of task.TaskStore.
func (s *Store) Tasks(ctx context.Context, scan task.TaskScan) (task.TaskSlice, error) {
	at := scan.At
	scan.At = optional.Value[task.Revision]{} // which is in the key already
	c, err := s.read(ctx, scan.Owner, at, key{"tasks", scan}, func() (Copy, error) {
		found, err := s.Store.Tasks(ctx, scan)
		return Copy{Tasks: found.Tasks, More: found.More}, err
	})
	return task.TaskSlice{Tasks: c.Tasks, More: c.More}, err
}

// Lists is part of task.ListStore.
func (s *Store) Lists(ctx context.Context, scan task.ListScan) (task.ListSlice, error) {
	c, err := s.read(ctx, scan.Owner, optional.Value[task.Revision]{}, key{"lists", scan}, func() (Copy, error) {
		found, err := s.Store.Lists(ctx, scan)
		return Copy{Lists: found.Lists, More: found.More}, err
	})
	return task.ListSlice{Lists: c.Lists, More: c.More}, err
}

// read returns the copy for the owner's revision of now, which the caller may
// have read already, or what is behind, and keeps that. Failures are not kept.
func (s *Store) read(ctx context.Context, owner ulid.ULID, at optional.Value[task.Revision], k key, behind func() (Copy, error)) (Copy, error) {
	if !at.Set {
		now, err := s.Revision(ctx, owner)
		if err != nil {
			return Copy{}, err
		}
		at = optional.Of(now)
	}
	name, err := k.name(owner, at.Value)
	if err != nil {
		return Copy{}, err
	}
	if c, ok := s.copies.Get(ctx, name); ok {
		return c, nil
	}
	c, err := behind()
	if err == nil {
		s.copies.Put(ctx, name, c)
	}
	return c, err
}

// key is a read: its kind, and all that was asked for.
type key struct {
	kind  string
	asked any
}

// name is the key in words. What was asked for is encoded as a whole, not field
// by field, so that no field can be forgotten.
func (k key) name(owner, revision ulid.ULID) (string, error) {
	b := make([]byte, 0, 256)
	b = append(b, k.kind...)
	b = append(b, owner[:]...)
	b = append(b, revision[:]...)
	asked, err := json.Marshal(k.asked)
	if err != nil {
		return "", errs.ErrInternal.Wrap(err)
	}
	return string(append(b, asked...)), nil
}
