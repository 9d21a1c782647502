package usertransport_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/user/usertest"
	"todokit/user/usertransport"
)

// deletionRecorder is a service that erases accounts, and keeps its place.
type deletionRecorder struct {
	mu     sync.Mutex
	place  uint64
	fail   int // how often it fails first
	erased []ulid.ULID
	again  chan struct{} // receives once for each erased account
}

func (d *deletionRecorder) deletions() usertransport.Deletions {
	return usertransport.Deletions{
		After: func(context.Context) (uint64, error) {
			d.mu.Lock()
			defer d.mu.Unlock()
			return d.place, d.trouble()
		},
		Erase: func(_ context.Context, a usertransport.Deleted) error {
			d.mu.Lock()
			defer d.mu.Unlock()
			if err := d.trouble(); err != nil {
				return err
			}
			d.erased, d.place = append(d.erased, a.UserID), a.Sequence
			d.again <- struct{}{}
			return nil
		},
	}
}

func (d *deletionRecorder) trouble() error {
	if d.fail > 0 {
		d.fail--
		return errors.New("database is away")
	}
	return nil
}

func TestFollower_Deletions_ErasedInOrderAndOnce(t *testing.T) {
	t.Parallel()
	store := usertest.NewStore()
	longAgo := time.Now().Add(-24 * time.Hour)
	var want []ulid.ULID
	for range 3 {
		account, _ := remove(t, store, longAgo)
		want = append(want, account)
	}
	account, _ := remove(t, store, time.Now().Add(time.Minute))
	want = append(want, account)
	i := newInstance(t, store)
	d := &deletionRecorder{fail: 2, again: make(chan struct{}, 100)}
	b := newBalancer(i)
	f, _ := follow(t, b, d.deletions())
	for range want {
		<-d.again
	}
	account, _ = remove(t, store, time.Now().Add(time.Minute))
	want = append(want, account)
	i.refresh(t)
	<-d.again
	f.Close()

	// Another process goes on where this one got, and hears of the last only.
	account, _ = remove(t, store, longAgo)
	want = append(want, account)
	d.fail = 1
	follow(t, newBalancer(i), d.deletions())
	<-d.again
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.erased) != len(want) {
		t.Fatalf("erased %d, want %d", len(d.erased), len(want))
	}
	for n := range want {
		if d.erased[n] != want[n] {
			t.Fatalf("erased %v, want %v", d.erased, want)
		}
	}
}
