package userstore_test

import (
	"testing"

	"todokit/pkg/database"
	"todokit/pkg/database/databasetest"
	"todokit/user/userstore"
	"todokit/user/usertest"
)

func TestTheStoreConforms(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, userstore.Migrations(), func(t *testing.T, db *database.DB) {
		usertest.TestStore(t, userstore.New(db))
	})
}
