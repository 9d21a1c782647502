// Package tasktest checks that what keeps or serves tasks does so as the ports
// of package task say: TestStore for stores, TestService for services. Its
// Store, of maps, passes TestStore too, and so stands in for a database.
package tasktest

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
	"todokit/pkg/mutation"
	"todokit/task"
)

// step is how much one step of a long removal does: little, so that tests meet
// the moment between two steps.
const step = 2

// Store is a task.Store in memory. It is safe for concurrent use.
type Store struct {
	mu     sync.Mutex
	owners map[ulid.ULID]*owner
	cursor uint64
}

var _ task.Store = (*Store)(nil)

// owner is all that one owner has.
type owner struct {
	closed *time.Time
	erased bool
	tasks  map[ulid.ULID]task.Task
	// earlier are the mutations of each task before its last one.
	earlier map[ulid.ULID][]ulid.ULID
	lists   map[ulid.ULID]task.List
	ended   map[ulid.ULID]task.List // the closed ones
	first   map[string]any          // answers by kind and key
	keys    map[string]used
}

// used is the use of an idempotency key.
type used struct {
	fingerprint [32]byte
	at          time.Time
}

// NewStore returns an empty store.
func NewStore() *Store { return &Store{owners: map[ulid.ULID]*owner{}} }

// of returns an owner's things, nothing at all for one who is not known.
func (s *Store) of(id ulid.ULID) *owner {
	if o, ok := s.owners[id]; ok {
		return o
	}
	return &owner{}
}

// open returns the owner for whom something is to be created.
func (s *Store) open(id ulid.ULID) (*owner, error) {
	o, ok := s.owners[id]
	switch {
	case !ok:
		return nil, task.ErrOwnerUnknown
	case o.closed != nil:
		return nil, task.ErrOwnerGone
	default:
		return o, nil
	}
}

// answered returns the first answer of the key, or nil.
func (o *owner) answered(kind string, i task.Idempotency, now time.Time) (any, error) {
	u, ok := o.keys[kind+i.Key]
	switch {
	case i.Key == "", !ok, u.at.Before(now.Add(-task.KeepAnswers)):
		return nil, nil
	case u.fingerprint != i.Fingerprint:
		return nil, task.ErrKeyReused
	default:
		return o.first[kind+i.Key], nil
	}
}

func (o *owner) remember(kind string, i task.Idempotency, now time.Time, v any) {
	if i.Key != "" {
		o.keys[kind+i.Key] = used{i.Fingerprint, now}
		o.first[kind+i.Key] = v
	}
}

// InsertTask is part of task.TaskStore.
func (s *Store) InsertTask(_ context.Context, in task.TaskInsert) (task.Task, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := in.Task
	o, err := s.open(t.Owner)
	if err != nil {
		return task.Task{}, err
	}
	first, err := o.answered("task", in.Idempotency, t.UpdateTime)
	if err != nil {
		return task.Task{}, err
	}
	if v, ok := first.(task.Task); ok {
		return copyTask(v), nil
	}
	if v, ok := o.tasks[t.ID]; ok {
		return copyTask(v), nil
	}
	if int64(len(o.tasks)) >= in.Limit {
		return task.Task{}, task.ErrTaskLimit
	}
	if _, ok := o.lists[t.ListID]; !ok {
		return task.Task{}, task.ErrListNotFound
	}
	o.tasks[t.ID] = copyTask(t)
	o.remember("task", in.Idempotency, t.UpdateTime, copyTask(t))
	return t, nil
}

// Task is part of task.TaskStore.
func (s *Store) Task(_ context.Context, r task.Ref) (task.Task, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.of(r.Owner).tasks[r.ID]
	if !ok {
		return task.Task{}, task.ErrTaskNotFound
	}
	return copyTask(t), nil
}

// Snapshot is part of task.TaskStore.
func (s *Store) Snapshot(ctx context.Context, r task.Ref) (task.Snapshot, error) {
	revision, err := s.Revision(ctx, r.Owner)
	if err != nil {
		return task.Snapshot{}, err
	}
	t, err := s.Task(ctx, r)
	return task.Snapshot{Task: t, Revision: revision}, err
}

// ReplaceTask is part of task.TaskStore.
func (s *Store) ReplaceTask(_ context.Context, r task.TaskReplacement) (struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.of(r.Was.Owner)
	if err := o.has(r.Was); err != nil {
		return struct{}{}, err
	}
	_, listed := o.lists[r.Now.ListID]
	restored := r.Was.DeleteTime != nil && r.Now.DeleteTime == nil
	if !listed && (restored || r.Was.ListID != r.Now.ListID) {
		return struct{}{}, task.ErrListNotFound
	}
	o.tasks[r.Now.ID] = copyTask(r.Now)
	earlier := append([]ulid.ULID{r.Was.Mutation}, o.earlier[r.Now.ID]...)
	o.earlier[r.Now.ID] = earlier[:min(len(earlier), mutation.Remembered-1)]
	return struct{}{}, nil
}

// TaskHistory is part of task.TaskStore.
func (s *Store) TaskHistory(_ context.Context, r task.Ref) (mutation.History, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.of(r.Owner)
	t, ok := o.tasks[r.ID]
	if !ok {
		return mutation.History{}, task.ErrTaskNotFound
	}
	return mutation.History{Version: t.Version, Mutations: append([]ulid.ULID{t.Mutation}, o.earlier[r.ID]...)}, nil
}

// has says whether this version of a task is there.
func (o *owner) has(t task.Task) error {
	there, ok := o.tasks[t.ID]
	switch {
	case !ok:
		return task.ErrTaskNotFound
	case there.Version != t.Version:
		return errs.ErrStaleVersion
	default:
		return nil
	}
}

// RemoveTask is part of task.TaskStore.
func (s *Store) RemoveTask(_ context.Context, t task.Task) (struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.of(t.Owner)
	if err := o.has(t); err != nil {
		return struct{}{}, err
	}
	delete(o.tasks, t.ID)
	return struct{}{}, nil
}

// OpenOwner is part of task.OwnerStore.
func (s *Store) OpenOwner(_ context.Context, inbox task.List) (struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.owners[inbox.Owner]; !ok {
		s.owners[inbox.Owner] = &owner{
			tasks: map[ulid.ULID]task.Task{}, earlier: map[ulid.ULID][]ulid.ULID{},
			lists: map[ulid.ULID]task.List{inbox.ID: inbox},
			ended: map[ulid.ULID]task.List{},
			first: map[string]any{},
			keys:  map[string]used{},
		}
	}
	_, err := s.open(inbox.Owner)
	return struct{}{}, err
}

// CloseOwner is part of task.OwnerStore.
func (s *Store) CloseOwner(_ context.Context, c task.Closing) (struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.of(c.Owner)
	if o.closed == nil {
		o.closed = &c.Time
	}
	s.owners[c.Owner] = o
	return struct{}{}, nil
}

// EraseOwner is part of task.OwnerStore.
func (s *Store) EraseOwner(_ context.Context, id ulid.ULID) (done bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.of(id)
	if o.closed == nil || o.erased {
		return true, nil
	}
	if len(o.tasks) > 0 {
		for _, t := range slices.SortedFunc(maps.Keys(o.tasks), ulid.ULID.Compare)[:min(step, len(o.tasks))] {
			delete(o.tasks, t)
		}
		return false, nil
	}
	s.owners[id] = &owner{closed: o.closed, erased: true}
	return true, nil
}

// ErasureCursor is part of task.CursorStore.
func (s *Store) ErasureCursor(context.Context) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cursor, nil
}

// SaveErasureCursor is part of task.CursorStore.
func (s *Store) SaveErasureCursor(_ context.Context, sequence uint64) (struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cursor = max(s.cursor, sequence)
	return struct{}{}, nil
}

// copyTask keeps the store's rows and the caller's values apart.
func copyTask(t task.Task) task.Task {
	t.Start, t.Due = copyOf(t.Start), copyOf(t.Due)
	t.CompleteTime, t.DeleteTime = copyOf(t.CompleteTime), copyOf(t.DeleteTime)
	t.Labels = slices.Clone(t.Labels)
	return t
}

func copyOf[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}
