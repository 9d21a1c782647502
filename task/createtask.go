package task

import (
	"context"

	"todokit/pkg/errs"
	"todokit/pkg/mutation"
	"todokit/pkg/optional"
)

func (s *service) CreateTask(ctx context.Context, r CreateTask) (Task, error) {
	now := s.clock.now()
	r.Title = optional.Of(r.Title.Value) // without one it is refused as empty
	var v errs.Validator
	mutation.ValidateID(&v, "id", r.ID, now)
	validateKey(&v, r.Idempotency)
	r.validate(&v)
	if err := v.Err(); err != nil {
		return Task{}, err
	}
	t, err := r.apply(Task{
		Owner: r.Owner, ID: r.ID, ListID: r.Owner, Status: Todo, Position: defaultPosition(r.ID),
		CreateTime: r.ID.Timestamp().UTC(), UpdateTime: now, Version: 1, Mutation: r.ID,
	}, now)
	if err != nil {
		return Task{}, err
	}
	insert := TaskInsert{Task: t, Idempotency: r.Idempotency, Limit: s.taskLimit}
	return withOwner(ctx, s, r.Owner, func() (Task, error) { return s.store.InsertTask(ctx, insert) })
}

func validateKey(v *errs.Validator, i Idempotency) {
	if len(i.Key) > MaxKey {
		v.Add("idempotency_key", errs.FieldTooLong, MaxKey)
	}
	for _, r := range i.Key {
		if r < ' ' || r > '~' {
			v.Add("idempotency_key", errs.FieldFormat, "printable ASCII")
			return
		}
	}
}
