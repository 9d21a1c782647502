package registry

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/go-kit/kit/sd/etcdv3"
)

// Client implements go-kit's etcdv3.Client. None of its methods but Deregister
// and WatchPrefix waits for etcd: registrations and watches run in the background
// until Close, through every outage.
type Client struct {
	cfg      Config
	conn     *connection
	ownsConn bool
	ctx      context.Context
	cancel   context.CancelFunc

	mu     sync.Mutex // guards closed, leases, views, and running.Add against Close
	closed bool
	leases map[string]*lease // by key
	views  map[string]*view  // by prefix

	running   sync.WaitGroup
	lastLease atomic.Int64
}

var _ etcdv3.Client = (*Client)(nil)

// NewClient makes a client. It does not connect: etcd may be unreachable.
func NewClient(cfg Config) (*Client, error) {
	if len(cfg.Endpoints) == 0 {
		return nil, errors.New("registry: no etcd endpoints")
	}
	if (cfg.Username == "") != (cfg.Password == "") {
		return nil, errors.New("registry: etcd takes a username and a password, or neither")
	}
	cfg = cfg.withDefaults()
	c := newClient(context.Background(), cfg, newConnection(cfg))
	c.ownsConn = true
	return c, nil
}

func newClient(ctx context.Context, cfg Config, conn *connection) *Client {
	c := &Client{cfg: cfg, conn: conn, leases: map[string]*lease{}, views: map[string]*view{}}
	c.ctx, c.cancel = context.WithCancel(ctx)
	return c
}

// fork makes a client that shares the connection and is closed by itself. go-kit
// cannot end one WatchPrefix: each Instancer gets a fork, and closing that ends
// its watch and nothing else.
func (c *Client) fork() *Client { return newClient(c.ctx, c.cfg, c.conn) }

// Close ends all the client does and waits for it. Stop what was made with it,
// every Instancer and Registration, before. A registration that was not
// deregistered stays in etcd until its lease runs out, as after a crash.
func (c *Client) Close() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.cancel()
	if c.ownsConn {
		c.conn.close()
	}
	c.running.Wait()
}

// Register keeps the service's key in etcd from now on, until Deregister. Like
// go-kit's it returns before anybody can see the key, and unlike go-kit's it
// does so without having waited. A TTL in s is ignored in favour of the
// client's own. Returns etcdv3.ErrNoKey, etcdv3.ErrNoValue or ErrClosed.
func (c *Client) Register(s etcdv3.Service) error {
	switch {
	case s.Key == "":
		return etcdv3.ErrNoKey
	case s.Value == "":
		return etcdv3.ErrNoValue
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return ErrClosed
	}
	if old := c.leases[s.Key]; old != nil {
		old.stop()
	}
	l := newLease(c, s)
	c.leases[s.Key] = l
	c.running.Go(l.run)
	return nil
}

// Deregister removes the service's key and its lease from etcd, and returns the
// error of that. It waits for etcd no longer than one request takes.
func (c *Client) Deregister(s etcdv3.Service) error {
	if s.Key == "" {
		return etcdv3.ErrNoKey
	}
	c.mu.Lock()
	l := c.leases[s.Key]
	delete(c.leases, s.Key)
	c.mu.Unlock()
	if l == nil {
		return nil
	}
	l.stop()
	return l.deregister()
}

// LeaseID is the lease of the last registration, 0 before it has one.
func (c *Client) LeaseID() int64 { return c.lastLease.Load() }

// GetEntries returns the values under a prefix as last known, at once: none
// before etcd has answered for the first time. It never returns an error.
func (c *Client) GetEntries(prefix string) ([]string, error) {
	v, err := c.view(prefix)
	if err != nil {
		return nil, nil //nolint:nilerr // a closed client knows no instance
	}
	return v.addresses(), nil
}

// WatchPrefix signals on ch when what GetEntries returns has changed, and once
// at the beginning, until the client is closed.
func (c *Client) WatchPrefix(prefix string, ch chan struct{}) {
	v, err := c.view(prefix)
	if err != nil {
		return
	}
	for {
		changed := v.nextChange()
		select {
		case ch <- struct{}{}:
		case <-c.ctx.Done():
			return
		}
		select {
		case <-changed:
		case <-c.ctx.Done():
			return
		}
	}
}

// view returns the view of a prefix, which begins with its first use.
func (c *Client) view(prefix string) (*view, error) {
	if !strings.HasSuffix(prefix, "/") {
		prefix += "/"
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, ErrClosed
	}
	v := c.views[prefix]
	if v == nil {
		v = newView(prefix, c.cfg)
		c.views[prefix] = v
		c.running.Go(func() { newWatcher(c, v).run(c.ctx) })
	}
	return v, nil
}
