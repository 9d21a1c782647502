package tasktransport

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	taskv1 "todokit/api/task/v1"
	"todokit/pkg/batch"
	"todokit/pkg/errs"
	"todokit/pkg/token"
	"todokit/task"
)

// Whoever shows what they know asks before whether it is still so. That is so
// little that the call would be most of it; those who ask at the same time ask
// together, each with their own token.

// maxPeeks bounds the items of a message.
const maxPeeks = 64

// patience is how long a call holds up the next one: an instance that hangs, up
// to its time-out, is not to hold up those whom others could answer.
const patience = 20 * time.Millisecond

// peek is a request, and the token that it is made with.
type peek struct {
	token string
	task.Peek
}

// Peek is part of task.Service. Returns errs.ErrUnauthenticated also for what
// the service would have called forbidden.
func (c *client) Peek(ctx context.Context, p task.Peek) (task.Peeked, error) {
	return c.peeks.Do(ctx, peek{token.Bearer(ctx), p})
}

func peeker(c taskv1.TaskServiceClient) batch.Run[peek, task.Peeked] {
	return func(ctx context.Context, peeks []peek) []batch.Result[task.Peeked] {
		ctx = token.WithBearer(ctx, "") // the context is that of only one of them
		answer, err := c.Peek(ctx, encodePeeks(peeks))
		if items := answer.GetItems(); err == nil && len(items) != len(peeks) {
			err = errs.ErrInternal.Wrap(fmt.Errorf("%d answers to %d items", len(items), len(peeks)))
		}
		results := make([]batch.Result[task.Peeked], len(peeks))
		for i := range results {
			if err != nil {
				results[i].Err = err
				continue
			}
			results[i].Value, results[i].Err = decodePeeked(answer.GetItems()[i])
		}
		return results
	}
}

func encodePeeks(peeks []peek) *taskv1.PeekRequest {
	m := &taskv1.PeekRequest{Items: make([]*taskv1.PeekRequest_Item, len(peeks))}
	for i, p := range peeks {
		item := &taskv1.PeekRequest_Item{AccessToken: p.token}
		if !p.Task.IsZero() {
			item.TaskId = p.Task.Bytes()
		}
		if p.Known.Set {
			item.Known = p.Known.To.Bytes()
		}
		m.Items[i] = item
	}
	return m
}

func decodePeeked(m *taskv1.PeekResponse_Item) (p task.Peeked, err error) {
	if len(m.GetRevision()) == 0 {
		return p, errs.ErrUnauthenticated
	}
	if err = p.Revision.UnmarshalBinary(m.GetRevision()); err != nil {
		return p, errs.ErrInternal.Wrap(err)
	}
	if m.GetTask() != nil {
		t, err := decodeTask(m.GetTask())
		if err != nil {
			return p, errs.ErrInternal.Wrap(err)
		}
		p.Task = &t
	}
	return p, nil
}

// Peek is part of taskv1.TaskServiceServer. It answers the items at the same
// time, so that the store can read them together.
func (s *server) Peek(ctx context.Context, m *taskv1.PeekRequest) (*taskv1.PeekResponse, error) {
	if len(m.GetItems()) > maxPeeks {
		return nil, errs.ErrInvalid.WithFields(errs.Invalid("items", errs.FieldTooMany, maxPeeks))
	}
	answer := &taskv1.PeekResponse{Items: make([]*taskv1.PeekResponse_Item, len(m.GetItems()))}
	all, ctx := errgroup.WithContext(ctx)
	for i, item := range m.GetItems() {
		answer.Items[i] = &taskv1.PeekResponse_Item{}
		claims, err := s.verifier.Verify(ctx, item.GetAccessToken())
		if err != nil || !claims.Scopes.Has(token.TasksRead) {
			continue
		}
		p, err := decodePeek(claims, item)
		if err != nil {
			return nil, err
		}
		all.Go(func() error {
			found, err := s.svc.Peek(ctx, p)
			answer.Items[i] = encodePeeked(found)
			return err
		})
	}
	err := all.Wait()
	shorten(answer)
	return answer, err
}

// shorten leaves out the tasks that would make a message too long. Whoever wants
// one of them can get it alone.
func shorten(m *taskv1.PeekResponse) {
	bytes := 0
	for _, item := range m.GetItems() {
		if t := item.GetTask(); t != nil {
			bytes += len(t.GetTitle()) + len(t.GetContent())
		}
		if bytes > task.MaxPageContent {
			item.Task = nil
		}
	}
}

func decodePeek(caller token.Claims, m *taskv1.PeekRequest_Item) (task.Peek, error) {
	var d decoding
	p := task.Peek{Owner: caller.UserID, Task: d.idOrNone("task_id", m.GetTaskId())}
	if len(m.GetKnown()) != 0 {
		p.Known = task.Set(d.idOrNone("known", m.GetKnown()))
	}
	return p, d.Err()
}

func encodePeeked(p task.Peeked) *taskv1.PeekResponse_Item {
	m := &taskv1.PeekResponse_Item{Revision: p.Revision.Bytes()}
	if p.Task != nil {
		m.Task = encodeTask(*p.Task)
	}
	return m
}
