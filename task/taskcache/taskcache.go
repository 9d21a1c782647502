// Package taskcache answers the queries of a task.Store from copies, as long as
// these are true. It is a decorator of the port. A single task or list is not
// copied: to read it by its key costs as much as to read the revision.
//
// A copy never changes. Its key holds the owner's revision that was read in the
// same statement as the data. Each read asks the database for the present
// revision first; whoever has written something has made another one, and finds
// no older copy. DECISIONS 34 has the proof.
package taskcache

import (
	"context"
	"encoding/binary"
	"encoding/json"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/cache"
	"todokit/pkg/errs"
	"todokit/task"
)

// Copy is what a query has returned. Nobody may change it.
type Copy struct {
	Tasks []task.Task
	Lists []task.List
	More  bool
}

// Store is a task.Store that keeps copies of what queries return. Everything
// else goes to the store behind it.
type Store struct {
	task.Store

	copies cache.Cache[Copy]
}

var _ task.Store = (*Store)(nil)

// New returns a store before another one.
func New(behind task.Store, copies cache.Cache[Copy]) *Store {
	return &Store{Store: behind, copies: copies}
}

func (s *Store) Tasks(ctx context.Context, q task.TaskQuery) (task.Read[task.TaskBatch], error) {
	asked := q
	asked.Known = 0
	whole := asked // a page of fewer bytes is the beginning of this one, or the same
	whole.Bytes = max(q.Bytes, task.MaxPageContent)
	found, err := s.read(ctx, key{"tasks", q.Owner, whole}, q.Known, func() (task.Read[Copy], bool, error) {
		r, err := s.Store.Tasks(ctx, asked)
		isWhole := asked.Bytes == whole.Bytes || !r.Value.More || len(r.Value.Tasks) == q.Limit
		return task.Read[Copy]{
			Revision: r.Revision, NotModified: r.NotModified, Value: Copy{Tasks: r.Value.Tasks, More: r.Value.More},
		}, isWhole, err
	})
	found.Value = found.Value.upTo(q.Bytes)
	return task.Read[task.TaskBatch]{
		Revision: found.Revision, NotModified: found.NotModified,
		Value: task.TaskBatch{Tasks: found.Value.Tasks, More: found.Value.More},
	}, err
}

func (s *Store) Lists(ctx context.Context, q task.ListQuery) (task.Read[task.ListBatch], error) {
	asked := q
	asked.Known = 0
	found, err := s.read(ctx, key{"lists", q.Owner, asked}, q.Known, func() (task.Read[Copy], bool, error) {
		r, err := s.Store.Lists(ctx, asked)
		return task.Read[Copy]{
			Revision: r.Revision, NotModified: r.NotModified, Value: Copy{Lists: r.Value.Lists, More: r.Value.More},
		}, true, err
	})
	return task.Read[task.ListBatch]{
		Revision: found.Revision, NotModified: found.NotModified,
		Value: task.ListBatch{Lists: found.Value.Lists, More: found.Value.More},
	}, err
}

// read returns the copy of the owner's present revision, or what is behind, and
// keeps that under the revision that came with it. The revision that was read
// before is not used for that: the data may come from a database node that lags
// behind the one which told it. Failures are not kept, nor what
// is no answer to the whole of the key.
func (s *Store) read(
	ctx context.Context, k key, known task.Revision, behind func() (found task.Read[Copy], isWhole bool, err error),
) (task.Read[Copy], error) {
	now, err := s.Revision(ctx, k.owner)
	if err != nil {
		return task.Read[Copy]{}, err
	}
	if now != 0 && now == known {
		return task.Read[Copy]{Revision: now, NotModified: true}, nil
	}
	asked, err := k.marshal()
	if err != nil {
		return task.Read[Copy]{}, err
	}
	if now != 0 {
		if c, ok := s.copies.Get(ctx, k.name(now, asked)); ok {
			return task.Read[Copy]{Revision: now, Value: c}, nil
		}
	}
	found, isWhole, err := behind()
	if err == nil && isWhole && !found.NotModified && found.Revision != 0 {
		s.copies.Put(ctx, k.name(found.Revision, asked), found.Value)
	}
	return found, err
}

// upTo returns the beginning of a page of tasks that has so many bytes of title
// and content, or one task.
func (c Copy) upTo(most int) Copy {
	bytes := 0
	for i, t := range c.Tasks {
		if bytes += len(t.Title) + len(t.Content); bytes > most && i > 0 {
			c.Tasks, c.More = c.Tasks[:i:i], true
			break
		}
	}
	return c
}

// key is a query: its kind, its owner, and all that was asked for.
type key struct {
	kind  string
	owner ulid.ULID
	query any
}

// marshal encodes what was asked for as a whole, not field by field, so that no
// field can be forgotten.
func (k key) marshal() ([]byte, error) {
	asked, err := json.Marshal(k.query)
	if err != nil {
		return nil, errs.ErrInternal.Wrap(err)
	}
	return asked, nil
}

// name returns the key of a copy.
func (k key) name(revision task.Revision, asked []byte) string {
	b := make([]byte, 0, len(k.kind)+len(k.owner)+8+len(asked))
	b = append(b, k.kind...)
	b = append(b, k.owner[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(revision)) //nolint:gosec // any 64 bits will do
	return string(append(b, asked...))
}
