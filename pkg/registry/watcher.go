package registry

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/mvccpb"
	clientv3 "go.etcd.io/etcd/client/v3"

	"todokit/pkg/backoff"
)

// watcher keeps a view up to date: it lists the prefix, then watches the changes
// from that revision on until something breaks or the next list is due, and
// begins again. Whatever a watch can miss (a compaction, a store that was wiped
// and counts its revisions from one again) is repaired by the next list.
// clientv3's watcher is not used because it would resume by itself, at a revision
// that a wiped store reaches in a distant future, and see nothing until then.
type watcher struct {
	client *Client
	view   *view
	logger log.Logger

	relistAt time.Time   // when the next list is due, grace periods aside
	relist   *time.Timer // ends the watch for it

	disconnected  bool   // and that was logged
	loggedKnown   string // the instances that were logged last
	loggedInvalid string // why an instance was ignored last
}

func newWatcher(c *Client, v *view) *watcher {
	return &watcher{client: c, view: v, logger: log.With(c.cfg.Logger, "component", "registry", "prefix", v.prefix)}
}

func (w *watcher) run(ctx context.Context) {
	retry := backoff.New(50*time.Millisecond, 500*time.Millisecond)
	for ctx.Err() == nil {
		err := w.listAndWatch(ctx, retry)
		if err == nil || ctx.Err() != nil {
			continue
		}
		if !w.disconnected {
			_ = level.Warn(w.logger).Log("msg", "cannot watch etcd, keeping the known instances", "known", w.loggedKnown, "err", err)
		}
		w.disconnected = true
		retry.Wait(ctx)
	}
}

// listAndWatch returns nil when the next list is due.
func (w *watcher) listAndWatch(ctx context.Context, retry *backoff.Backoff) error {
	etcd, err := w.client.conn.get()
	if err != nil {
		return err
	}
	revision, err := w.list(ctx, etcd)
	if err != nil {
		return fmt.Errorf("list: %w", err)
	}
	watchCtx, cancel := context.WithCancel(clientv3.WithRequireLeader(ctx))
	defer cancel()
	// Not a deadline: etcd would be told of it, and might be the first to end
	// the stream, which would look like a failure.
	var due atomic.Bool
	w.relistAt = time.Now().Add(backoff.Jitter(w.client.cfg.Refresh))
	w.relist = time.AfterFunc(w.untilRelist(), func() {
		due.Store(true)
		cancel()
	})
	defer w.relist.Stop()
	if err = w.watch(watchCtx, etcd, revision+1, retry); due.Load() {
		return nil
	}
	return fmt.Errorf("watch: %w", err)
}

// untilRelist is the time until the next list, which comes no later than the end
// of a grace period: the list drops what has expired.
func (w *watcher) untilRelist() time.Duration {
	end := w.relistAt
	if expiry := w.view.nextExpiry(); !expiry.IsZero() && expiry.Before(end) {
		end = expiry
	}
	return time.Until(end)
}

// list replaces the view by what is in etcd, and returns as of which revision.
func (w *watcher) list(ctx context.Context, etcd *clientv3.Client) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, w.client.cfg.Timeout)
	defer cancel()
	got, err := etcd.Get(ctx, w.view.prefix, clientv3.WithPrefix())
	if err != nil {
		return 0, err
	}
	listed := make(map[string]string, len(got.Kvs))
	for _, kv := range got.Kvs {
		listed[string(kv.Key)] = w.address(kv)
	}
	w.view.replace(listed, time.Now())
	w.logKnown()
	return got.Header.Revision, nil
}

// watch applies changes until the stream ends, and returns why it did.
func (w *watcher) watch(ctx context.Context, etcd *clientv3.Client, revision int64, retry *backoff.Backoff) error {
	stream, err := pb.NewWatchClient(etcd.ActiveConnection()).Watch(ctx)
	if err != nil {
		return err
	}
	err = stream.Send(&pb.WatchRequest{RequestUnion: &pb.WatchRequest_CreateRequest{CreateRequest: &pb.WatchCreateRequest{
		Key:           []byte(w.view.prefix),
		RangeEnd:      []byte(clientv3.GetPrefixRangeEnd(w.view.prefix)),
		StartRevision: revision,
	}}})
	for err == nil {
		var resp *pb.WatchResponse
		if resp, err = stream.Recv(); err != nil {
			break
		}
		if resp.GetCanceled() {
			return fmt.Errorf("cancelled by etcd (compacted to revision %d): %s", resp.GetCompactRevision(), resp.GetCancelReason())
		}
		if resp.GetCreated() {
			w.connected(retry)
		}
		w.apply(resp.GetEvents())
	}
	return err
}

// connected notes that the watch has begun.
func (w *watcher) connected(retry *backoff.Backoff) {
	retry.Reset()
	if w.disconnected {
		_ = level.Info(w.logger).Log("msg", "watching etcd again", "known", w.loggedKnown)
	}
	w.disconnected = false
}

func (w *watcher) apply(events []*mvccpb.Event) {
	for _, e := range events {
		key := string(e.GetKv().GetKey())
		if e.GetType() == mvccpb.Event_DELETE {
			w.view.markMissing(key, time.Now())
			w.relist.Reset(w.untilRelist())
		} else {
			w.view.put(key, w.address(e.GetKv()))
		}
	}
	w.logKnown()
}

// address is the value of a key, or "" if that is no address: one invalid value
// must not keep the other instances from being used.
func (w *watcher) address(kv *mvccpb.KeyValue) string {
	value := string(kv.GetValue())
	if value == "" {
		return ""
	}
	if _, err := DialTarget(value); err != nil {
		if err.Error() != w.loggedInvalid {
			_ = level.Warn(w.logger).Log("msg", "instance ignored", "key", string(kv.GetKey()), "err", err)
		}
		w.loggedInvalid = err.Error()
		return ""
	}
	return value
}

// logKnown logs the known instances, if they have changed.
func (w *watcher) logKnown() {
	known := strings.Join(w.view.addresses(), ",")
	if known != w.loggedKnown {
		_ = level.Info(w.logger).Log("msg", "instances known", "known", known)
	}
	w.loggedKnown = known
}
