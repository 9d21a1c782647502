package usertransport_test

import (
	"testing"
	"time"

	"github.com/oklog/ulid/v2"
	"google.golang.org/grpc"

	userv1 "todokit/api/user/v1"
	"todokit/user"
	"todokit/user/usertest"
	"todokit/user/usertransport"
)

func TestDeletions_After_AllInOrder(t *testing.T) {
	t.Parallel()
	store := usertest.NewStore()
	var want []ulid.ULID
	for range 1203 { // more than two pages, most of them long ago
		account, _ := remove(t, store, time.Now().Add(-24*time.Hour))
		want = append(want, account)
		publish(t, store) // what is no deletion
	}
	d := usertransport.NewDeletions(newBalancer(newInstance(t, store)))
	var got []ulid.ULID
	for after := uint64(0); ; {
		page, err := d.After(t.Context(), after)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, deleted := range page {
			if deleted.Sequence <= after {
				t.Fatalf("%d comes after %d", deleted.Sequence, after)
			}
			after = deleted.Sequence
			got = append(got, deleted.UserID)
		}
	}
	if len(got) != len(want) {
		t.Fatalf("got %d of %d", len(got), len(want))
	}
	for n := range want {
		if got[n] != want[n] {
			t.Fatalf("%d is %v, want %v", n, got[n], want[n])
		}
	}
}

// A lying instance, which anybody may have put into etcd, is not believed as long
// as there is another.
func TestDeletions_Confirmed_ByEveryInstance(t *testing.T) {
	t.Parallel()
	store, fake := usertest.NewStore(), usertest.NewStore()
	deleted, _ := remove(t, store, time.Now())
	alive := user.Account{User: user.User{ID: ulid.Make(), Version: 1}, NameKey: "alive"}
	if err := store.CreateAccount(t.Context(), alive); err != nil {
		t.Fatal(err)
	}
	invented, _ := remove(t, fake, time.Now())
	honest, second, liar := newInstance(t, store), newInstance(t, store), newInstance(t, fake)
	gone := newInstance(t, store)
	_ = gone.conn.Close()
	for name, c := range map[string]struct {
		instances []*instance
		account   ulid.ULID
		want      bool
		err       bool
	}{
		"by all":                      {[]*instance{honest, second}, deleted, true, false},
		"a living account":            {[]*instance{honest, second}, alive.ID, false, false},
		"one that never was":          {[]*instance{honest}, ulid.Make(), false, false},
		"only by a liar":              {[]*instance{honest, liar}, invented, false, false},
		"only by a liar, asked first": {[]*instance{liar, honest}, invented, false, false},
		"denied by a liar":            {[]*instance{honest, liar}, deleted, false, false},
		"one cannot be asked":         {[]*instance{honest, gone}, deleted, false, true},
	} {
		got, err := usertransport.NewDeletions(newBalancer(c.instances...)).Confirmed(t.Context(), c.account)
		if got != c.want || (err != nil) != c.err {
			t.Errorf("%s: %t, %v", name, got, err)
		}
	}
}

func TestTrustServer_CheckDeletion_NoID_Refused(t *testing.T) {
	t.Parallel()
	i := newInstance(t, usertest.NewStore())
	for _, id := range [][]byte{nil, {1, 2, 3}, make([]byte, 17)} {
		var cc grpc.ClientConnInterface = i.conn
		if got, err := userv1.NewTrustServiceClient(cc).CheckDeletion(t.Context(), &userv1.CheckDeletionRequest{UserId: id}); err == nil {
			t.Errorf("%v: %v", id, got)
		}
	}
}
