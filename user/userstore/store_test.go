package userstore_test

import (
	"testing"

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
