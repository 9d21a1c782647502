package registry

import (
	"context"
	"sync"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
)

// connection is the one connection to etcd that clients share. It is made at
// the first use, because making one blocks, and fails, if there is a password
// to be checked and no etcd to check it.
type connection struct {
	cfg    Config
	ctx    context.Context
	cancel context.CancelFunc

	mu   sync.Mutex
	etcd *clientv3.Client
}

func newConnection(cfg Config) *connection {
	c := &connection{cfg: cfg}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	return c
}

// get returns the connection, which may be broken at the moment. It waits for at
// most one request to etcd.
func (c *connection) get() (*clientv3.Client, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.etcd != nil {
		return c.etcd, nil
	}
	etcd, err := clientv3.New(clientv3.Config{
		Context:   c.ctx,
		Endpoints: c.cfg.Endpoints,
		Username:  c.cfg.Username,
		Password:  c.cfg.Password,
		Logger:    zap.NewNop(), // it would repeat what we log, once per attempt

		DialTimeout:          c.cfg.Timeout,
		DialKeepAliveTime:    10 * time.Second,
		DialKeepAliveTimeout: 3 * time.Second,
		MaxUnaryRetries:      2, // the second is for a token that has expired; by default it is 100
		DialOptions:          dialOptions(c.cfg),
	})
	if err != nil {
		return nil, err
	}
	c.etcd = etcd
	return etcd, nil
}

// dialOptions come after clientv3's own, and so win: credentials that were
// asked for are used for an endpoint that says http as well.
func dialOptions(cfg Config) []grpc.DialOption {
	options := []grpc.DialOption{
		grpc.WithNoProxy(),
		grpc.WithConnectParams(connectParams(cfg)),
		grpc.WithChainUnaryInterceptor(failFast),
	}
	if cfg.Credentials != nil {
		options = append(options, grpc.WithTransportCredentials(cfg.Credentials))
	}
	return options
}

// failFast undoes clientv3's choice to let requests wait for a connection: the
// loops that make them retry anyway, a process that stops must not wait, and the
// error of the connection would be hidden behind "deadline exceeded".
func failFast(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	return invoke(ctx, method, req, reply, cc, append(opts, grpc.WaitForReady(false))...)
}

// connectParams bounds the backoff between two attempts to connect well below
// the TTL. With gRPC's own, which grows to two minutes, a lease would run out
// before the connection is back.
func connectParams(cfg Config) grpc.ConnectParams {
	return grpc.ConnectParams{
		Backoff: backoff.Config{
			BaseDelay:  100 * time.Millisecond,
			Multiplier: 1.6,
			Jitter:     0.2,
			MaxDelay:   min(cfg.TTL/5, time.Second),
		},
		MinConnectTimeout: cfg.Timeout,
	}
}

func (c *connection) close() {
	c.cancel()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.etcd != nil {
		_ = c.etcd.Close() // reports that its context was cancelled, just above
	}
}
