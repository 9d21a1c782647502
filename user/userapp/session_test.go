package userapp_test

import (
	"strings"
	"testing"

	"todokit/pkg/config"
	"todokit/user/userapp"
)

func TestSessionConfig_Validate(t *testing.T) {
	t.Parallel()
	for value, valid := range map[string]bool{"": true, "1": true, "100": true, "1000": true, "0": false, "-1": false, "1001": false, "many": false} {
		cfg := userapp.DefaultConfig()
		var environ []string
		if value != "" {
			environ = []string{"TODOKIT_SESSION_PER_ACCOUNT=" + value}
		}
		_, err := config.Load(nil, environ, config.Program{Name: "usersvc"}, &cfg)
		if valid != (err == nil) || err != nil && !strings.Contains(err.Error(), "session.per_account") {
			t.Errorf("%q: %v", value, err)
		}
	}
}
