package user_test

import (
	"testing"

	"todokit/user"
	"todokit/user/usertest"
)

func TestService(t *testing.T) {
	t.Parallel()
	usertest.TestService(t, func(_ *testing.T, deps user.Deps) usertest.Subject {
		return usertest.Subject{Service: user.NewService(deps)}
	})
}
