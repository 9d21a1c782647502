package embedded

import (
	"context"
	"net/url"
	"path/filepath"
	"sync"

	"github.com/go-kit/log"
	"go.etcd.io/etcd/server/v3/embed"
	"go.etcd.io/etcd/server/v3/storage/wal"
	"google.golang.org/grpc"
)

// segmentBytes is the size of a segment of etcd's log, instead of 64 MB: it makes
// two of them at its start, for a few keys. neededSpace is for those and its
// database.
const (
	segmentBytes = 4 << 20
	neededSpace  = 4 * segmentBytes
)

// setSegmentSize sets what etcd has no option for.
var setSegmentSize = sync.OnceFunc(func() { wal.SegmentSizeBytes = segmentBytes })

// configure makes etcd small and quick: the election of a single member may be
// short, and a registry of a few keys needs neither a long history nor a sync to
// disk.
func configure(streams context.Context, s *Server, logger log.Logger) *embed.Config {
	setSegmentSize()
	cfg := embed.NewConfig()
	cfg.Name = "embedded"
	cfg.Dir = filepath.Join(s.dir, dataDir)
	cfg.ZapLoggerBuilder = embed.NewZapLoggerBuilder(zapLogger(streams, logger, failureHook{s}))
	cfg.EnableGRPCGateway = false
	cfg.UnsafeNoFsync = true
	cfg.TickMs, cfg.ElectionMs = 50, 250
	cfg.SnapshotCount, cfg.SnapshotCatchUpEntries = 1000, 100
	cfg.QuotaBackendBytes = 64 << 20
	cfg.BcryptCost = 4 // the least: file permissions guard the socket, passwords are for tests
	cfg.AutoCompactionMode, cfg.AutoCompactionRetention = embed.CompactorModePeriodic, "10m"

	client := url.URL{Scheme: "unix", Path: s.socket}
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
