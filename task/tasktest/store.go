// Package tasktest checks that what keeps or serves tasks does so as the ports
// of package task say: TestStore for stores, TestService for services. Its
// Store, of maps, passes TestStore too, and so stands in for a database.
package tasktest

import (
	"slices"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/mutation"
	"todokit/task"
)

// step is how much one step of a long removal does: little, so that tests meet
// the moment between two steps.
const step = 2

// Store is a task.Store in memory. It is safe for concurrent use.
type Store struct {
	mu       sync.Mutex
	owners   map[ulid.ULID]*owner
	erasures map[ulid.ULID]task.Erasure
}

var _ task.Store = (*Store)(nil)

// owner is all that one owner has.
type owner struct {
	revision task.Revision
	deleted  *time.Time
	purged   bool
	tasks    map[ulid.ULID]task.Task
	// earlier are the mutations of each task and list before its last one.
	earlier  map[ulid.ULID][]ulid.ULID
	lists    map[ulid.ULID]task.List
	draining map[ulid.ULID]task.List // those that are marked as deleted
	first    map[string]any          // replies by kind and idempotency key
	keys     map[string]used
}

// used is the use of an idempotency key.
type used struct {
	fingerprint [32]byte
	at          time.Time
}

// NewStore returns an empty store.
func NewStore() *Store {
	return &Store{owners: map[ulid.ULID]*owner{}, erasures: map[ulid.ULID]task.Erasure{}}
}

// of returns what an owner has, nothing at all for one who is not known.
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
	case o.deleted != nil:
		return nil, task.ErrOwnerGone
	default:
		return o, nil
	}
}

// rememberMutation adds a mutation that is not a row's last one any more.
func (o *owner) rememberMutation(id, earlier ulid.ULID) {
	all := append([]ulid.ULID{earlier}, o.earlier[id]...)
	o.earlier[id] = all[:min(len(all), mutation.Remembered-1)]
}

// history is what a row remembers.
func (o *owner) history(id ulid.ULID, version int64, last ulid.ULID) mutation.History {
	return mutation.History{Version: version, Mutations: append([]ulid.ULID{last}, o.earlier[id]...)}
}

// tick takes the next moment of the owner's clock.
func (o *owner) tick(now time.Time) time.Time {
	o.revision = max(task.Revision(now.UnixMicro()), o.revision+1)
	return o.revision.Time()
}

// read replies to a conditional read.
func read[T any](o *owner, known task.Revision, value func() (T, error)) (task.Read[T], error) {
	if known != 0 && known == o.revision {
		return task.Read[T]{Revision: o.revision, NotModified: true}, nil
	}
	v, err := value()
	if err != nil {
		return task.Read[T]{}, err
	}
	return task.Read[T]{Revision: o.revision, Value: v}, nil
}

// replied returns the first reply to the key, or nil.
func (o *owner) replied(kind string, i task.Idempotency, now time.Time) (any, error) {
	u, ok := o.keys[kind+i.Key]
	switch {
	case i.Key == "", !ok, u.at.Before(now.Add(-task.KeepKeys)):
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
