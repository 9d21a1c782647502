package task

import (
	"context"
	"errors"

	"todokit/pkg/errs"
	"todokit/pkg/mutation"
)

// CreateList is part of Service.
func (s *service) CreateList(ctx context.Context, r CreateList) (List, error) {
	now := s.clock.now()
	var c errs.Validator
	mutation.ValidateID(&c, "id", r.ID, now)
	checkKey(&c, r.Idempotency)
	c.Text("title", r.Title, 1, MaxTitle)
	checkPosition(&c, r.Position)
	if err := c.Err(); err != nil {
		return List{}, err
	}
	insert := ListInsert{
		List: List{
			Owner: r.Owner, ID: r.ID, Title: r.Title, Position: r.Position.Or(positionOf(r.ID)),
			CreateTime: r.ID.Timestamp().UTC(), UpdateTime: now, Version: 1, Mutation: r.ID,
		},
		Idempotency: r.Idempotency,
		Limit:       s.listLimit,
	}
	return opening(ctx, s, r.Owner, func() (List, error) { return s.store.InsertList(ctx, insert) })
}

// GetList is part of Service.
func (s *service) GetList(ctx context.Context, r Ref) (List, error) {
	return opening(ctx, s, r.Owner, func() (List, error) { return s.list(ctx, r) })
}

// list says of a missing inbox that its owner is not known yet.
func (s *service) list(ctx context.Context, r Ref) (List, error) {
	l, err := s.store.List(ctx, r)
	if errors.Is(err, ErrListNotFound) && r.ID == r.Owner {
		return l, ErrOwnerUnknown
	}
	return l, err
}

// ListLists is part of Service.
func (s *service) ListLists(ctx context.Context, r ListQuery) (ListPage, error) {
	var c errs.Validator
	scan := ListScan{Owner: r.Owner, Limit: checkPageSize(&c, r.PageSize, MaxListPage, MaxListPage)}
	if r.PageToken != "" {
		var err error
		scan.After, err = parseListToken(r.PageToken)
		checkToken(&c, err)
	}
	if err := c.Err(); err != nil {
		return ListPage{}, err
	}
	found, err := opening(ctx, s, r.Owner, func() (ListSlice, error) {
		found, err := s.store.Lists(ctx, scan)
		if err == nil && scan.After == nil && len(found.Lists) == 0 {
			err = ErrOwnerUnknown
		}
		return found, err
	})
	if err != nil {
		return ListPage{}, err
	}
	page := ListPage{Lists: found.Lists}
	if found.More {
		page.Next = listToken(found.Lists[len(found.Lists)-1])
	}
	return page, nil
}

// UpdateList is part of Service.
func (s *service) UpdateList(ctx context.Context, r UpdateList) (List, error) {
	var c errs.Validator
	mutation.ValidateID(&c, "mutation.id", r.Mutation.ID, s.clock.now())
	if r.Title.Set {
		c.Text("title", r.Title.Value, 1, MaxTitle)
	}
	checkPosition(&c, r.Position)
	if err := c.Err(); err != nil {
		return List{}, err
	}
	return opening(ctx, s, r.Owner, func() (List, error) { return s.changeList(ctx, r) })
}

// changeList is to lists what change is to tasks.
func (s *service) changeList(ctx context.Context, r UpdateList) (List, error) {
	for range maxAttempts {
		was, err := s.list(ctx, r.Ref)
		if err != nil {
			return List{}, err
		}
		done, err := precondition(r.Mutation, r.IfVersion).Check(was.lastWrite())
		if done || err != nil {
			return was, err
		}
		now := s.touchList(was, r.Mutation)
		now.Title = r.Title.Or(was.Title)
		now.Position = r.Position.Or(was.Position)
		_, err = s.store.ReplaceList(ctx, ListReplacement{Was: was, Now: now})
		if !errors.Is(err, errs.ErrStaleVersion) {
			return now, err
		}
	}
	return List{}, errTooMany()
}

// touchList makes the next version of a list.
func (s *service) touchList(l List, m mutation.Mutation) List {
	l.Version++
	l.UpdateTime = after(s.clock.now(), l.UpdateTime)
	l.Mutation = m.ID
	return l
}
