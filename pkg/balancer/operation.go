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

// operation is the request of an instance's endpoint: a call that can be performed
// at any instance, and again at the next.
type operation interface {
	name() string // of the method, in full
	invoke(ctx context.Context, i *instance, limit time.Duration) (any, error)
	reset() // drops what a failed attempt may have written
}

// unary is a call with one reply.
type unary struct {
	method      string
	args, reply any
	opts        []grpc.CallOption
}

func (u *unary) name() string { return u.method }

func (u *unary) invoke(ctx context.Context, i *instance, limit time.Duration) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return nil, i.cc.Invoke(ctx, u.method, u.args, u.reply, u.opts...)
}

func (u *unary) reset() {
	if m, ok := u.reply.(proto.Message); ok {
		proto.Reset(m)
	}
}

// stream is a call with many replies.
type stream struct {
	desc   *grpc.StreamDesc
	method string
	opts   []grpc.CallOption
}

func (s *stream) name() string { return s.method }

// invoke returns the grpc.ClientStream. limit bounds the beginning of the stream
// only. The instance is in use until the stream has ended.
func (s *stream) invoke(ctx context.Context, i *instance, limit time.Duration) (any, error) {
	ctx, cancel := context.WithCancel(ctx)
	i.refs.Add(1)
	end := sync.OnceFunc(func() {
		cancel()
		i.release()
	})
	timeout := time.AfterFunc(limit, cancel)
	opts := append(slices.Clip(s.opts), grpc.OnFinish(func(error) { end() }))
	cs, err := i.cc.NewStream(ctx, s.desc, s.method, opts...)
	if !timeout.Stop() {
		err = status.Error(codes.DeadlineExceeded, "the stream did not begin in time")
	}
	if err != nil {
		end()
		return nil, err
	}
	return cs, nil
}

func (s *stream) reset() {}
