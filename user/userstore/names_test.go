package userstore_test

import (
	"slices"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/database"
	"todokit/pkg/database/databasetest"
	"todokit/user"
	"todokit/user/userstore"
)

func TestStore_FoldNames_OnlyCollisionsKeepTheirKey(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, userstore.Migrations(), func(t *testing.T, db *database.DB) {
		store := userstore.New(db)
		keys := map[string]ulid.ULID{}
		for _, key := range []string{"ann", "νίκος", "νίκοσ", "weiß", "straße", "测试", "zoë"} {
			id := ulid.Make()
			keys[key] = id
			a := user.Account{
				User:    user.User{ID: id, Name: key, UpdateTime: time.Now().UTC(), Version: 1, Mutation: id},
				NameKey: key, PasswordHash: "hash",
			}
			if err := store.CreateAccount(t.Context(), a); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 { // it may be repeated
			got, err := store.FoldNames(t.Context())
			if err != nil || !slices.Equal(got, []userstore.Collision{{ID: keys["νίκος"], Other: keys["νίκοσ"]}}) {
				t.Errorf("got %v, %v", got, err)
			}
		}
		for key, of := range map[string]string{
			"ann": "ann", "νίκος": "νίκος", "νίκοσ": "νίκοσ", "weiss": "weiß", "strasse": "straße", "测试": "测试", "zoë": "zoë",
		} {
			if a, err := store.AccountByName(t.Context(), key); err != nil || a.ID != keys[of] || a.Version != 1 {
				t.Errorf("%q: account of %q, %v", key, a.Name, err)
			}
		}
	})
}
