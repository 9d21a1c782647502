package cache

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"golang.org/x/time/rate"
)

const (
	maxValue     = 1 << 20                // bytes
	writers      = 2                      // goroutines that write to Redis
	maxBatch     = 64                     // values that one of them writes at a time
	closeTimeout = 250 * time.Millisecond // how long Close waits for them
)

// shared keeps values in a Redis.
type shared[V any] struct {
	opts    Options[V]
	prefix  string
	client  *redis.Client
	breaker *breaker
	queue   *queue[V]
	metrics metrics
	logger  log.Logger

	// Errors while Redis answers are counted each time, and logged at most once a minute.
	unreadable, refused rate.Sometimes

	stop             context.CancelFunc
	writing, probing sync.WaitGroup
}

func newShared[V any](o Options[V]) (*shared[V], error) {
	opts, err := clientOptions(o.URL, o.TLS)
	if err != nil {
		return nil, err
	}
	// The library has one log for the whole process, on standard error, in its own
	// format, and logs each failure. What matters of it is returned as errors.
	logging.Disable()
	logger := log.With(o.Logger, "cache", o.Name)
	s := &shared[V]{
		opts:    o,
		prefix:  "todokit:" + o.Name + ":v1:", // other versions of the program may use the same Redis
		client:  redis.NewClient(opts),
		breaker: newBreaker(logger),
		queue:   newQueue[V](),
		metrics: newMetrics(o.Registerer, o.Name),
		logger:  logger,

		unreadable: rate.Sometimes{Interval: time.Minute},
		refused:    rate.Sometimes{Interval: time.Minute},
	}
	ctx, stop := context.WithCancel(context.Background()) //nolint:gosec // Close calls it
	s.stop = stop
	for range writers {
		s.writing.Go(func() { s.write(ctx) })
	}
	s.probing.Go(func() {
		// Not a PING, which an account may be allowed that may not read.
		s.breaker.probe(ctx, func(ctx context.Context) error { return s.client.Get(ctx, s.prefix).Err() })
	})
	return s, nil
}

func (s *shared[V]) Get(ctx context.Context, key string) (v V, ok bool) {
	var raw []byte
	err := s.breaker.do(ctx, func(ctx context.Context) (err error) {
		raw, err = s.client.Get(ctx, s.prefix+key).Bytes()
		return err
	})
	switch {
	case !answered(err):
		s.metrics.errors.Inc()
		return v, false
	case err != nil:
		s.metrics.misses.Inc()
		return v, false
	}
	v, err = s.opts.Codec.Unmarshal(raw)
	if err != nil {
		s.metrics.errors.Inc()
		s.unreadable.Do(func() { _ = level.Warn(s.logger).Log("msg", "a cached value cannot be read", "err", err) })
		var zero V
		return zero, false
	}
	s.metrics.hits.Inc()
	return v, true
}

// Put leaves the work to the writers, so that a request does not wait for it.
func (s *shared[V]) Put(_ context.Context, key string, v V) {
	e := entry[V]{key: key, value: v, size: len(key) + s.opts.Size(v)}
	switch {
	case e.size > maxValue:
		s.metrics.large.Inc()
	case s.breaker.open():
		s.metrics.away.Inc()
	case !s.queue.offer(e):
		s.metrics.full.Inc()
	}
}

// write writes what is in the queue, until that is closed and empty.
func (s *shared[V]) write(ctx context.Context) {
	for batch := s.queue.take(); batch != nil; batch = s.queue.take() {
		pipe := s.client.Pipeline()
		for _, e := range batch {
			s.set(ctx, pipe, e)
		}
		if pipe.Len() == 0 {
			continue
		}
		if s.breaker.open() {
			s.metrics.away.Add(float64(pipe.Len()))
			continue
		}
		s.exec(ctx, pipe)
	}
}

func (s *shared[V]) set(ctx context.Context, pipe redis.Pipeliner, e entry[V]) {
	raw, err := s.opts.Codec.Marshal(e.value)
	switch {
	case err != nil:
		s.metrics.failed.Inc()
		s.refuse(fmt.Errorf("marshal: %w", err))
	case len(raw) > maxValue:
		s.metrics.large.Inc()
	default:
		pipe.Set(ctx, s.prefix+e.key, raw, s.opts.TTL)
	}
}

// exec reports nothing to the breaker: a Redis that is full, or a replica, refuses
// writes and can still be read; and one that hangs is found by lookups, of which
// there are more.
func (s *shared[V]) exec(ctx context.Context, pipe redis.Pipeliner) {
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	commands, _ := pipe.Exec(ctx) // the errors are in the commands
	for _, c := range commands {
		if c.Err() == nil {
			continue
		}
		s.metrics.failed.Inc()
		if reply, ok := errors.AsType[redis.Error](c.Err()); ok {
			s.refuse(reply)
		}
	}
}

func (s *shared[V]) refuse(err error) {
	s.refused.Do(func() { _ = level.Warn(s.logger).Log("msg", "values could not be put into the cache", "err", err) })
}

// Close waits for what is in the queue.
func (s *shared[V]) Close() error {
	if !s.queue.close() {
		return nil
	}
	late := time.AfterFunc(closeTimeout, s.stop)
	s.writing.Wait()
	late.Stop()
	s.stop()
	s.probing.Wait()
	return s.client.Close()
}
