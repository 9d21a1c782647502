package registry

import (
	"context"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// keepAlive renews a lease on one stream that stays open between heartbeats,
// since opening one costs a check of the password. clientv3's own KeepAlive is
// not used: its goroutines go on for as long as a lease might live, and its
// KeepAliveOnce spins while etcd is away.
type keepAlive struct {
	stream pb.Lease_LeaseKeepAliveClient
	cancel context.CancelFunc
}

// renew reports whether the lease still exists. ctx bounds this renewal,
// streamCtx the stream.
func (k *keepAlive) renew(ctx, streamCtx context.Context, etcd *clientv3.Client, id clientv3.LeaseID) (alive bool, err error) {
	if k.cancel == nil {
		streamCtx, k.cancel = context.WithCancel(clientv3.WithRequireLeader(streamCtx))
	}
	defer context.AfterFunc(ctx, k.cancel)()
	defer func() {
		if err != nil {
			k.close()
		}
	}()
	if k.stream == nil {
		if k.stream, err = clientv3.RetryLeaseClient(etcd).LeaseKeepAlive(streamCtx); err != nil {
			return false, err
		}
	}
	if err := k.stream.Send(&pb.LeaseKeepAliveRequest{ID: int64(id)}); err != nil {
		return false, err
	}
	resp, err := k.stream.Recv()
	if err != nil {
		return false, err
	}
	return resp.GetTTL() > 0, nil
}

func (k *keepAlive) close() {
	if k.cancel != nil {
		k.cancel()
	}
	k.stream, k.cancel = nil, nil
}
