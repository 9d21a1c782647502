package usertest_test

import (
	"testing"

	"todokit/user/usertest"
)

func TestTheStoreOfMapsConforms(t *testing.T) {
	t.Parallel()
	usertest.TestStore(t, usertest.NewStore())
}
