package userapp_test

import (
	"strings"
	"testing"

	"todokit/pkg/config"
	"todokit/user/userapp"
)

func TestRegistrationConfig_Validate(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		environ []string
		want    string // in the error; empty: none
	}{
		"by default":            {nil, ""},
		"closed":                {[]string{"TODOKIT_REGISTRATION_MODE=closed"}, ""},
		"by invitation":         {[]string{"TODOKIT_REGISTRATION_MODE=invite", "TODOKIT_REGISTRATION_CODES=first-of-the-codes, second-of-the-codes"}, ""},
		"codes kept for later":  {[]string{"TODOKIT_REGISTRATION_MODE=closed", "TODOKIT_REGISTRATION_CODES=first-of-the-codes"}, ""},
		"an unknown mode":       {[]string{"TODOKIT_REGISTRATION_MODE=private"}, "registration.mode"},
		"invited without codes": {[]string{"TODOKIT_REGISTRATION_MODE=invite"}, "registration.codes"},
		"a short code":          {[]string{"TODOKIT_REGISTRATION_MODE=invite", "TODOKIT_REGISTRATION_CODES=first-of-the-codes,hunter2"}, "registration.codes"},
		"no limits":             {[]string{"TODOKIT_REGISTRATION_PER_ADDRESS=0", "TODOKIT_REGISTRATION_TOTAL=0"}, ""},
		"a negative limit":      {[]string{"TODOKIT_REGISTRATION_PER_ADDRESS=-1"}, "registration.per_address"},
		"a negative total":      {[]string{"TODOKIT_REGISTRATION_TOTAL=-1"}, "registration.total"},
		"codes without need":    {[]string{"TODOKIT_REGISTRATION_CODES=first-of-the-codes"}, "registration.codes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := userapp.DefaultConfig()
			_, err := config.Load(nil, c.environ, config.Program{Name: "usersvc"}, &cfg)
			switch {
			case c.want == "" && err != nil:
				t.Fatal(err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Fatalf("got %v, want one about %s", err, c.want)
			case err != nil && strings.Contains(err.Error(), "hunter2"):
				t.Fatalf("the code is in %v", err)
			}
		})
	}
}
