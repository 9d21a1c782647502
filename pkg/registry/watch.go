package registry

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"todokit/pkg/backoff"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/mvccpb"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// watch keeps a view up to date, in rounds: list the prefix, then follow the
// changes from that revision on until something breaks or the round is over,
// and begin again. Whatever a watch can miss (a compaction, a store that was
// wiped and counts its revisions from one again) ends with a list. clientv3's
// watcher is not used because it would resume by itself, at a revision that a
// wiped store reaches in a distant future, and hear nothing until then.
type watch struct {
	client *Client
	view   *view
	logger log.Logger

	end  time.Time   // of the round
	over *time.Timer // ends the round

	said    bool   // that etcd is away
	known   string // what was logged last
	ignored string // why an instance was ignored last
}

func newWatch(c *Client, v *view) *watch {
	return &watch{client: c, view: v, logger: log.With(c.cfg.Logger, "component", "registry", "prefix", v.prefix)}
}

func (w *watch) run(ctx context.Context) {
	failed := backoff.New(50*time.Millisecond, 500*time.Millisecond)
	for ctx.Err() == nil {
		err := w.round(ctx, failed)
		if err == nil || ctx.Err() != nil {
			continue
		}
		if !w.said {
			_ = level.Warn(w.logger).Log("msg", "cannot follow etcd, keeping what is known", "known", w.known, "err", err)
		}
		w.said = true
		failed.Wait(ctx)
	}
}

// round lists and follows once. It returns nil at its planned end.
func (w *watch) round(ctx context.Context, failed *backoff.Backoff) error {
	etcd, err := w.client.conn.get()
	if err != nil {
		return err
	}
	revision, err := w.list(ctx, etcd)
	if err != nil {
		return fmt.Errorf("list: %w", err)
	}
	following, cancel := context.WithCancel(clientv3.WithRequireLeader(ctx))
	defer cancel()
	// Not a deadline: etcd would be told of it, and might be the first to end
	// the stream, which would look like trouble.
	var planned atomic.Bool
	w.end = time.Now().Add(backoff.Jitter(w.client.cfg.Refresh))
	w.over = time.AfterFunc(w.length(), func() {
		planned.Store(true)
		cancel()
	})
	defer w.over.Stop()
	if err = w.follow(following, etcd, revision+1, failed); planned.Load() {
		return nil
	}
	return fmt.Errorf("watch: %w", err)
}

// length is the rest of the round. It ends no later than a time of grace: the
// list at the beginning of the next drops what has expired.
func (w *watch) length() time.Duration {
	end := w.end
	if expiry := w.view.nextExpiry(); !expiry.IsZero() && expiry.Before(end) {
		end = expiry
	}
	return time.Until(end)
}

// list replaces the view by what is in etcd, and returns as of which revision.
func (w *watch) list(ctx context.Context, etcd *clientv3.Client) (int64, error) {
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
	w.note()
	return got.Header.Revision, nil
}

// follow applies changes until the stream ends, and returns why it did.
func (w *watch) follow(ctx context.Context, etcd *clientv3.Client, revision int64, failed *backoff.Backoff) error {
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
			w.back(failed)
		}
		w.apply(resp.GetEvents())
	}
	return err
}

// back notes that etcd can be followed again.
func (w *watch) back(failed *backoff.Backoff) {
	failed.Reset()
	if w.said {
		_ = level.Info(w.logger).Log("msg", "following etcd again", "known", w.known)
	}
	w.said = false
}

func (w *watch) apply(events []*mvccpb.Event) {
	for _, e := range events {
		key := string(e.GetKv().GetKey())
		if e.GetType() == mvccpb.Event_DELETE {
			w.view.miss(key, time.Now())
			w.over.Reset(w.length())
		} else {
			w.view.put(key, w.address(e.GetKv()))
		}
	}
	w.note()
}

// address is the value of a key, or "" if that is not an address: nonsense
// shall not keep the other instances from being used.
func (w *watch) address(kv *mvccpb.KeyValue) string {
	value := string(kv.GetValue())
	if value == "" {
		return ""
	}
	if _, err := DialTarget(value); err != nil {
		if err.Error() != w.ignored {
			_ = level.Warn(w.logger).Log("msg", "instance ignored", "key", string(kv.GetKey()), "err", err)
		}
		w.ignored = err.Error()
		return ""
	}
	return value
}

// note logs what is known, if it has changed.
func (w *watch) note() {
	known := strings.Join(w.view.addresses(), ",")
	if known != w.known {
		_ = level.Info(w.logger).Log("msg", "instances known", "known", known)
	}
	w.known = known
}
