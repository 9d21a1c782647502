package embedded

import (
	"context"
	"net/url"
	"path/filepath"

	"github.com/go-kit/log"
	"go.etcd.io/etcd/server/v3/embed"
	"google.golang.org/grpc"
)

// configure makes etcd small and quick: the election of a single member may be
// short, and a registry of a few keys needs neither a long history nor a sync to
// disk.
func configure(streams context.Context, dir, socket string, logger log.Logger) *embed.Config {
	cfg := embed.NewConfig()
	cfg.Name = "embedded"
	cfg.Dir = filepath.Join(dir, dataDir)
	cfg.ZapLoggerBuilder = embed.NewZapLoggerBuilder(zapLogger(streams, logger))
	cfg.EnableGRPCGateway = false
	cfg.UnsafeNoFsync = true
	cfg.TickMs, cfg.ElectionMs = 50, 250
	cfg.SnapshotCount, cfg.SnapshotCatchUpEntries = 1000, 100
	cfg.QuotaBackendBytes = 64 << 20
	cfg.BcryptCost = 4 // the least: file permissions guard the socket, passwords are for tests
	cfg.AutoCompactionMode, cfg.AutoCompactionRetention = embed.CompactorModePeriodic, "10m"

	client := url.URL{Scheme: "unix", Path: socket}
	cfg.ListenClientUrls, cfg.AdvertiseClientUrls = []url.URL{client}, []url.URL{client}
	// There are no peers: nothing listens on this address.
	cfg.ListenPeerUrls, cfg.AdvertisePeerUrls = nil, []url.URL{{Scheme: "unix", Host: "embedded:0"}}
	cfg.InitialCluster = cfg.InitialClusterFromName(cfg.Name)
	cfg.GRPCAdditionalServerOptions = []grpc.ServerOption{grpc.ChainStreamInterceptor(endWith(streams))}
	return cfg
}

// endWith ends every stream with the context. etcd stops gracefully, and would
// wait for seconds for clients that keep their watches and leases open.
func endWith(streams context.Context) grpc.StreamServerInterceptor {
	return func(srv any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
		ctx, cancel := context.WithCancel(stream.Context())
		defer cancel()
		defer context.AfterFunc(streams, cancel)()
		return handler(srv, &endingStream{ServerStream: stream, ctx: ctx})
	}
}

type endingStream struct {
	grpc.ServerStream
	ctx context.Context
}

func (s *endingStream) Context() context.Context { return s.ctx }
