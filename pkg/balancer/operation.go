package balancer

import (
	"context"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// operation is what an instance's endpoint takes as its request: a call that
// can be performed at any instance, and again at the next.
type operation interface {
	name() string // of the method, in full
	do(ctx context.Context, i *instance, limit time.Duration) (any, error)
	reset() // what an attempt may have left behind
}

// unary is a call with one answer.
type unary struct {
	method      string
	args, reply any
	opts        []grpc.CallOption
}

func (u *unary) name() string { return u.method }

func (u *unary) do(ctx context.Context, i *instance, limit time.Duration) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return nil, i.cc.Invoke(ctx, u.method, u.args, u.reply, u.opts...)
}

func (u *unary) reset() {
	if m, ok := u.reply.(proto.Message); ok {
		proto.Reset(m)
	}
}

// stream is a call with many.
type stream struct {
	desc   *grpc.StreamDesc
	method string
	opts   []grpc.CallOption
}

func (s *stream) name() string { return s.method }

// do returns the grpc.ClientStream. The time-out of an attempt is for its
// beginning only. The instance stays in use until the stream has ended.
func (s *stream) do(ctx context.Context, i *instance, limit time.Duration) (any, error) {
	ctx, cancel := context.WithCancel(ctx)
	i.users.Add(1)
	end := sync.OnceFunc(func() {
		cancel()
		i.release()
	})
	tooLate := time.AfterFunc(limit, cancel)
	opts := append(slices.Clip(s.opts), grpc.OnFinish(func(error) { end() }))
	cs, err := i.cc.NewStream(ctx, s.desc, s.method, opts...)
	if !tooLate.Stop() {
		err = status.Error(codes.DeadlineExceeded, "the stream did not begin in time")
	}
	if err != nil {
		end()
		return nil, err
	}
	return cs, nil
}

func (s *stream) reset() {}
