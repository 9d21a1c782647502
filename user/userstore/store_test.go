package userstore_test

import (
	"testing"
	"time"

	"todokit/pkg/database"
	"todokit/pkg/database/databasetest"
	"todokit/user"
	"todokit/user/userstore"
	"todokit/user/usertest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, userstore.Migrations(), func(t *testing.T, db *database.DB) {
		usertest.TestStore(t, userstore.New(db))
	})
}

func TestStore_Service(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, userstore.Migrations(), func(t *testing.T, db *database.DB) {
		store := userstore.New(db)
		usertest.TestService(t, func(_ *testing.T, deps user.Deps) usertest.Subject {
			deps.Accounts, deps.Sessions, deps.PersonalTokens, deps.Failures = store, store, store, store
			return usertest.Subject{Service: user.NewService(deps)}
		})
	})
}

func TestStore_Now_UTC(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, userstore.Migrations(), func(t *testing.T, db *database.DB) {
		before := time.Now().Add(-time.Minute) // the server may be another machine
		now, err := userstore.New(db).Now(t.Context())
		if err != nil || now.Before(before) || now.After(before.Add(2*time.Minute)) || now.Location() != time.UTC {
			t.Errorf("got %v, %v", now, err)
		}
	})
}
