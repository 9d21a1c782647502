package task

import (
	"context"
	"errors"

	"todokit/pkg/errs"
	"todokit/pkg/mutation"
	"todokit/pkg/optional"
)

// validate notes what is wrong with the set fields.
func (f ListFields) validate(v *errs.Validator) {
	if f.Title.Set {
		v.Line("title", f.Title.Value, 1, MaxTitle)
	}
	validatePosition(v, f.Position.Value)
}

// apply returns a list with the set fields changed.
func (f ListFields) apply(l List) List {
	l.Title = f.Title.Or(l.Title)
	l.Position = f.Position.Or(l.Position)
	return l
}

func (s *service) CreateList(ctx context.Context, r CreateList) (List, error) {
	now := s.clock.now()
	r.Title = optional.Of(r.Title.Value) // without one it is refused as empty
	var v errs.Validator
	mutation.ValidateID(&v, "id", r.ID, now)
	validateKey(&v, r.Idempotency)
	r.validate(&v)
	if err := v.Err(); err != nil {
		return List{}, err
	}
	insert := ListInsert{
		List: r.apply(List{
			Owner: r.Owner, ID: r.ID, Position: defaultPosition(r.ID),
			CreateTime: r.ID.Timestamp().UTC(), UpdateTime: now, Version: 1, Mutation: r.ID,
		}),
		Idempotency: r.Idempotency,
		Limit:       s.listLimit,
	}
	return withOwner(ctx, s, r.Owner, func() (List, error) { return s.store.InsertList(ctx, insert) })
}

func (s *service) GetList(ctx context.Context, r GetList) (Read[List], error) {
	return withOwner(ctx, s, r.Owner, func() (Read[List], error) { return s.list(ctx, r) })
}

// list says of a missing inbox that its owner is not known yet.
func (s *service) list(ctx context.Context, r GetList) (Read[List], error) {
	found, err := s.store.List(ctx, r)
	if errors.Is(err, ErrListNotFound) && r.ID == r.Owner {
		return found, ErrOwnerUnknown
	}
	return found, err
}

func (s *service) ListLists(ctx context.Context, r ListLists) (Read[ListPage], error) {
	q, err := r.query()
	if err != nil {
		return Read[ListPage]{}, err
	}
	found, err := withOwner(ctx, s, r.Owner, func() (Read[ListBatch], error) {
		found, err := s.store.Lists(ctx, q)
		if err == nil && !found.NotModified && q.After == nil && len(found.Value.Lists) == 0 {
			err = ErrOwnerUnknown
		}
		return found, err
	})
	if err != nil {
		return Read[ListPage]{}, err
	}
	batch := found.Value.upTo(pageBytes(r.MaxBytes))
	page := ListPage{Lists: batch.Lists}
	if batch.More {
		page.Next = listToken(batch.Lists[len(batch.Lists)-1])
	}
	return Read[ListPage]{Revision: found.Revision, NotModified: found.NotModified, Value: page}, nil
}

// upTo leaves out the lists that are beyond so many bytes of titles.
func (b ListBatch) upTo(most int) ListBatch {
	bytes := 0
	for i, l := range b.Lists {
		if bytes += len(l.Title); bytes > most && i > 0 {
			return ListBatch{Lists: b.Lists[:i:i], More: true}
		}
	}
	return b
}

// Validate returns the errs.ErrInvalid that the service would return, without
// asking it.
func (r ListLists) Validate() error {
	_, err := r.query()
	return err
}

// query checks a request, and puts it in the store's terms.
func (r ListLists) query() (ListQuery, error) {
	var v errs.Validator
	q := ListQuery{Owner: r.Owner, Limit: pageSize(&v, r.PageSize, MaxListPage, MaxListPage), Known: r.Known}
	if r.PageToken != "" {
		var err error
		q.After, err = parseListToken(r.PageToken)
		validateToken(&v, err)
	}
	return q, v.Err()
}

func (s *service) UpdateList(ctx context.Context, r UpdateList) (List, error) {
	var v errs.Validator
	mutation.ValidateID(&v, "mutation.id", r.Mutation.ID, s.clock.now())
	r.validate(&v)
	if err := v.Err(); err != nil {
		return List{}, err
	}
	return withOwner(ctx, s, r.Owner, func() (List, error) { return s.updateList(ctx, r) })
}

// updateList is to lists what update is to tasks.
func (s *service) updateList(ctx context.Context, r UpdateList) (List, error) {
	return rewrite(ctx, s, r.Ref, func() (List, error) {
		found, err := s.list(ctx, GetList{Ref: r.Ref})
		if err != nil {
			return List{}, err
		}
		was := found.Value
		p := mutation.Precondition{Mutation: r.Mutation, IfVersion: r.IfVersion}
		done, err := s.check(p, mutation.LastWrite{Mutation: was.Mutation, Version: was.Version},
			func() (mutation.History, error) { return s.store.ListHistory(ctx, r.Ref) })
		if done || err != nil {
			return was, err
		}
		return s.store.ReplaceList(ctx, ListReplacement{Was: was, Now: s.nextList(r.apply(was), r.Mutation)})
	})
}

// nextList makes the next version of a list.
func (s *service) nextList(l List, m mutation.Mutation) List {
	l.Version++
	l.Mutation, l.UpdateTime = m.ID, s.clock.now()
	return l
}
