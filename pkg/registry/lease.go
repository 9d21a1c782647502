package registry

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/go-kit/kit/sd/etcdv3"
	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"

	"todokit/pkg/backoff"
)

// lease keeps one key in etcd. Each heartbeat renews the lease and checks that
// the key is still there on that very lease, so every way of losing one or the
// other is repaired in the same way, within a heartbeat of etcd being reachable.
type lease struct {
	client  *Client
	service etcdv3.Service
	logger  log.Logger
	ctx     context.Context
	cancel  context.CancelFunc
	done    chan struct{} // closed when run has ended

	id        clientv3.LeaseID // 0: none; run's own until done
	keepAlive *keepAlive       // run's own
	failing   bool             // run's own: the last heartbeat failed
	state     atomic.Pointer[leaseState]
}

// leaseState is what others may see of a lease.
type leaseState struct {
	registered bool  // at least once
	err        error // of the last heartbeat
}

var errNotRegistered = errors.New("not yet registered")

func newLease(c *Client, s etcdv3.Service) *lease {
	l := &lease{
		client: c, service: s, done: make(chan struct{}), keepAlive: &keepAlive{},
		logger: log.With(c.cfg.Logger, "component", "registry", "key", s.Key, "value", s.Value),
	}
	l.state.Store(&leaseState{err: errNotRegistered})
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
	defer l.keepAlive.close()
	interval := l.client.cfg.heartbeat()
	retry := backoff.New(50*time.Millisecond, interval)
	for l.ctx.Err() == nil {
		put, err := l.heartbeat()
		if l.ctx.Err() != nil {
			return
		}
		l.setState(put, err)
		if err != nil {
			retry.Wait(l.ctx)
			continue
		}
		retry.Reset()
		backoff.Sleep(l.ctx, backoff.Jitter(interval))
	}
}

// heartbeat ensures the lease and the key once, and reports whether it put the
// key.
func (l *lease) heartbeat() (put bool, err error) {
	etcd, err := l.client.conn.get()
	if err != nil {
		return false, err
	}
	ctx, cancel := context.WithTimeout(l.ctx, l.client.cfg.Timeout)
	defer cancel()
	if err := l.ensureLease(ctx, etcd); err != nil {
		return false, err
	}
	return l.ensureKey(ctx, etcd)
}

// ensureLease renews the lease, or takes a new one if there is none any more.
func (l *lease) ensureLease(ctx context.Context, etcd *clientv3.Client) error {
	if l.id != 0 {
		alive, err := l.keepAlive.renew(ctx, l.ctx, etcd, l.id)
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

// ensureKey puts the key unless it is there with our value and on our lease. On
// another lease it was put by an earlier process, and would end with that lease.
func (l *lease) ensureKey(ctx context.Context, etcd *clientv3.Client) (put bool, err error) {
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

// deregister removes the key and the lease. It has a context of its own, since
// that of run has ended by then.
func (l *lease) deregister() error {
	if l.id == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(l.ctx), l.client.cfg.Timeout)
	defer cancel()
	if err := l.remove(ctx); err != nil {
		_ = level.Warn(l.logger).Log("msg", "cannot deregister, the lease will run out", "err", err)
		return err
	}
	_ = level.Info(l.logger).Log("msg", "deregistered")
	return nil
}

// remove empties the value, which makes others forget the instance at once, and
// revokes the lease, which removes the key. A key that another process has put
// under the same name in the meantime is left alone.
func (l *lease) remove(ctx context.Context) error {
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

// setState publishes the outcome of a heartbeat, and logs it if it differs from
// the last one.
func (l *lease) setState(put bool, err error) {
	before := l.state.Load().registered
	l.state.Store(&leaseState{registered: before || err == nil, err: err})
	switch {
	case err != nil && !l.failing:
		_ = level.Warn(l.logger).Log("msg", "cannot keep the registration, retrying", "err", err)
	case err == nil && put:
		_ = level.Info(l.logger).Log("msg", "registered", "lease", int64(l.id))
	case err == nil && l.failing:
		_ = level.Info(l.logger).Log("msg", "registration renewed again", "lease", int64(l.id))
	}
	l.failing = err != nil
}
