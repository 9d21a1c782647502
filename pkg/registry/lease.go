package registry

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"todokit/pkg/backoff"

	"github.com/go-kit/kit/sd/etcdv3"
	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// lease keeps one key in etcd. Each beat renews the lease and looks whether the
// key is still there on that very lease, so every way of losing one or the
// other is mended the same way, within a beat of etcd being reachable.
type lease struct {
	client  *Client
	service etcdv3.Service
	logger  log.Logger
	ctx     context.Context
	cancel  context.CancelFunc
	done    chan struct{} // closed when run has ended

	id      clientv3.LeaseID // 0: none; run's own until done
	renewal *renewal         // run's own
	broken  bool             // run's own: the last beat failed
	state   atomic.Pointer[leaseState]
}

// leaseState is what others may see of a lease.
type leaseState struct {
	registered bool  // at least once
	err        error // of the last beat
}

var errNotYet = errors.New("not yet registered")

func newLease(c *Client, s etcdv3.Service) *lease {
	l := &lease{
		client: c, service: s, done: make(chan struct{}), renewal: &renewal{},
		logger: log.With(c.cfg.Logger, "component", "registry", "key", s.Key, "value", s.Value),
	}
	l.state.Store(&leaseState{err: errNotYet})
	l.ctx, l.cancel = context.WithCancel(c.ctx)
	return l
}

// stop ends run and waits for it.
func (l *lease) stop() {
	l.cancel()
	<-l.done
}

func (l *lease) run() {
	defer close(l.done)
	defer l.renewal.close()
	failed := backoff.New(50*time.Millisecond, l.client.cfg.beat())
	for l.ctx.Err() == nil {
		put, err := l.beat()
		if l.ctx.Err() != nil {
			return
		}
		l.note(put, err)
		if err != nil {
			failed.Wait(l.ctx)
			continue
		}
		failed.Reset()
		backoff.Sleep(l.ctx, backoff.Jitter(l.client.cfg.beat()))
	}
}

// beat does what one beat has to do, and reports whether it put the key.
func (l *lease) beat() (put bool, err error) {
	etcd, err := l.client.conn.get()
	if err != nil {
		return false, err
	}
	ctx, cancel := context.WithTimeout(l.ctx, l.client.cfg.Timeout)
	defer cancel()
	if err := l.keepLease(ctx, etcd); err != nil {
		return false, err
	}
	return l.keepKey(ctx, etcd)
}

// keepLease renews the lease, or takes a new one if there is none any more.
func (l *lease) keepLease(ctx context.Context, etcd *clientv3.Client) error {
	if l.id != 0 {
		alive, err := l.renewal.renew(ctx, l.ctx, etcd, l.id)
		if err != nil {
			return fmt.Errorf("renew lease: %w", err)
		}
		if alive {
			return nil
		}
		l.id = 0
	}
	granted, err := etcd.Grant(ctx, int64(l.client.cfg.TTL/time.Second))
	if err != nil {
		return fmt.Errorf("grant lease: %w", err)
	}
	l.id = granted.ID
	l.client.lastLease.Store(int64(granted.ID))
	return nil
}

// keepKey puts the key unless it is there with our value and on our lease. The
// same key on another lease is a former self's, and would end with it.
func (l *lease) keepKey(ctx context.Context, etcd *clientv3.Client) (put bool, err error) {
	got, err := etcd.Get(ctx, l.service.Key)
	if err != nil {
		return false, fmt.Errorf("get key: %w", err)
	}
	if len(got.Kvs) == 1 && got.Kvs[0].Lease == int64(l.id) && string(got.Kvs[0].Value) == l.service.Value {
		return false, nil
	}
	_, err = etcd.Put(ctx, l.service.Key, l.service.Value, clientv3.WithLease(l.id))
	if errors.Is(err, rpctypes.ErrLeaseNotFound) {
		l.id = 0
	}
	if err != nil {
		return false, fmt.Errorf("put key: %w", err)
	}
	return true, nil
}

// leave says goodbye by emptying the value, which makes others forget the
// instance at once, and revokes the lease, which removes the key. A key that
// another process has meanwhile put under the same name is left alone. It has
// a context of its own, since that of run is over by then.
func (l *lease) leave() error {
	if l.id == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(l.ctx), l.client.cfg.Timeout)
	defer cancel()
	if err := l.goodbye(ctx); err != nil {
		_ = level.Warn(l.logger).Log("msg", "cannot deregister, the lease will run out", "err", err)
		return err
	}
	_ = level.Info(l.logger).Log("msg", "deregistered")
	return nil
}

func (l *lease) goodbye(ctx context.Context) error {
	etcd, err := l.client.conn.get()
	if err != nil {
		return err
	}
	_, err = etcd.Txn(ctx).
		If(clientv3.Compare(clientv3.LeaseValue(l.service.Key), "=", l.id)).
		Then(clientv3.OpPut(l.service.Key, "", clientv3.WithLease(l.id))).
		Commit()
	if err != nil {
		return fmt.Errorf("empty key: %w", err)
	}
	if _, err = etcd.Revoke(ctx, l.id); err != nil && !errors.Is(err, rpctypes.ErrLeaseNotFound) {
		return fmt.Errorf("revoke lease: %w", err)
	}
	return nil
}

// note publishes the outcome of a beat, and logs it if it is news.
func (l *lease) note(put bool, err error) {
	known := l.state.Load().registered
	l.state.Store(&leaseState{registered: known || err == nil, err: err})
	switch {
	case err != nil && !l.broken:
		_ = level.Warn(l.logger).Log("msg", "cannot keep the registration, trying on", "err", err)
	case err == nil && put:
		_ = level.Info(l.logger).Log("msg", "registered", "lease", int64(l.id))
	case err == nil && l.broken:
		_ = level.Info(l.logger).Log("msg", "registration kept again", "lease", int64(l.id))
	}
	l.broken = err != nil
}
