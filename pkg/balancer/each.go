package balancer

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/grpc"
)

// Each calls do for every instance that is known, one after the other, with a
// connection to that instance and the time of one attempt: for what no single
// instance is believed. Instances that have not proved to be the service are left
// out. Returns the first error, and errs.ErrUnavailable if nobody was asked.
func (c *Conn) Each(ctx context.Context, do func(context.Context, grpc.ClientConnInterface) error) error {
	asked := 0
	for _, i := range c.pool.instances() {
		err := i.ask(ctx, do)
		switch {
		case errors.Is(err, errWrongService), errors.Is(err, errRemoved):
		case err != nil:
			return fmt.Errorf("instance %s: %w", i.address, err)
		default:
			asked++
		}
	}
	if asked == 0 {
		return c.unavailable(errors.New("no instance is known"))
	}
	return nil
}

func (i *instance) ask(ctx context.Context, do func(context.Context, grpc.ClientConnInterface) error) error {
	if !i.acquire() {
		return errRemoved
	}
	defer i.release()
	if err := i.proveBefore(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, i.pool.opts.AttemptTimeout)
	defer cancel()
	return do(ctx, i.cc)
}

// instances returns those that are known, in no order.
func (p *pool) instances() []*instance {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := make([]*instance, 0, len(p.known))
	for i := range p.known {
		all = append(all, i)
	}
	return all
}
