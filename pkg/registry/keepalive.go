package registry

import (
	"context"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// renewal keeps a lease alive on one stream that stays open between beats: a
// stream costs a check of the password. clientv3's own KeepAlive is not used:
// it runs goroutines that go on for as long as a lease might live, and its
// KeepAliveOnce spins while etcd is away.
type renewal struct {
	stream pb.Lease_LeaseKeepAliveClient
	cancel context.CancelFunc
}

// renew reports whether the lease still lives. ctx bounds this renewal, life
// the stream.
func (r *renewal) renew(ctx, life context.Context, etcd *clientv3.Client, id clientv3.LeaseID) (alive bool, err error) {
	if r.cancel == nil {
		life, r.cancel = context.WithCancel(clientv3.WithRequireLeader(life))
	}
	defer context.AfterFunc(ctx, r.cancel)()
	defer func() {
		if err != nil {
			r.close()
		}
	}()
	if r.stream == nil {
		if r.stream, err = clientv3.RetryLeaseClient(etcd).LeaseKeepAlive(life); err != nil {
			return false, err
		}
	}
	if err := r.stream.Send(&pb.LeaseKeepAliveRequest{ID: int64(id)}); err != nil {
		return false, err
	}
	resp, err := r.stream.Recv()
	if err != nil {
		return false, err
	}
	return resp.GetTTL() > 0, nil
}

func (r *renewal) close() {
	if r.cancel != nil {
		r.cancel()
	}
	r.stream, r.cancel = nil, nil
}
