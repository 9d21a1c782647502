package user

import (
	"errors"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
	"todokit/pkg/mutation"
)

// history is what the account remembers of its last writes.
func (a Account) history() mutation.History {
	h := mutation.History{Version: a.Version, Mutations: []ulid.ULID{a.Mutation}}
	for _, id := range a.Earlier {
		if !id.IsZero() {
			h.Mutations = append(h.Mutations, id)
		}
	}
	return h
}

// check says whether the write may be made, or is the account's last one
// already. Returns errs.ErrStaleVersion, errs.ErrOutcomeUnknown.
func (a Account) check(m mutation.Mutation, ifVersion int64, now time.Time) (done bool, err error) {
	p := mutation.Precondition{Mutation: m, IfVersion: ifVersion}
	done, err = p.Check(mutation.LastWrite{Mutation: a.Mutation, Version: a.Version})
	if errors.Is(err, errs.ErrOutcomeUnknown) {
		err = p.ResolveRetry(a.history(), now)
	}
	return done, err
}

// touch makes the next version of an account.
func (s *service) touch(a *Account, m mutation.Mutation) {
	a.Version++
	a.UpdateTime = s.now()
	copy(a.Earlier[1:], a.Earlier[:])
	a.Earlier[0], a.Mutation = a.Mutation, m.ID
}
