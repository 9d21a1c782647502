package usertest_test

import (
	"testing"

	"todokit/user/usertest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	usertest.TestStore(t, usertest.NewStore())
}
