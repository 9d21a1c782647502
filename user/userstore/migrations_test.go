package userstore_test

import (
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/database"
	"todokit/pkg/database/databasetest"
	"todokit/user"
	"todokit/user/userstore"
)

// Of an account with more sessions than there may be, the last used ones stay.
func TestMigrations_TooManySessions_LastUsedStay(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, databasetest.Before(t, userstore.Migrations(), "0006"), func(t *testing.T, db *database.DB) {
		store := userstore.New(db)
		now := time.Now().UTC().Truncate(time.Second)
		first := newAccount(t, store)
		other := newAccount(t, store)
		for i := range user.MaxSessions + 20 {
			r := map[string]any{
				"id": ulid.Make(), "user_id": first, "user_agent": "", "address": "", "use_time": now.Add(time.Duration(i) * time.Second),
				"expire_time": now.Add(time.Hour), "generation": 0, "family_hash": make([]byte, 32), "secret_hash": make([]byte, 32),
				"previous_hash": make([]byte, 32), "salt": make([]byte, 32),
			}
			if i == 0 {
				r["user_id"] = other
			}
			if _, err := db.W.NewInsert().Model(&r).Table("sessions").Exec(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if err := db.Migrate(t.Context(), "test", userstore.Migrations()); err != nil {
			t.Fatal(err)
		}
		for id, want := range map[ulid.ULID]int{first: user.MaxSessions, other: 1} {
			left, err := store.SessionsOf(t.Context(), user.SessionQuery{Owner: id, Now: now})
			if err != nil || len(left) != want {
				t.Fatalf("%d are left (%v), want %d", len(left), err, want)
			}
			if oldest := left[want-1].UseTime; id == first && !oldest.Equal(now.Add(20*time.Second)) {
				t.Errorf("the oldest that is left was used at %v", oldest)
			}
		}
	})
}

func newAccount(t *testing.T, store *userstore.Store) ulid.ULID {
	t.Helper()
	id := ulid.Make()
	a := user.Account{User: user.User{ID: id, Name: id.String(), UpdateTime: time.Now(), Version: 1, Mutation: id}, NameKey: id.String()}
	if err := store.CreateAccount(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	return id
}
