package userauth_test

import (
	"strings"
	"testing"

	"todokit/user/userauth"
)

func TestIsCommon_AnyCase(t *testing.T) {
	t.Parallel()
	for _, p := range []string{"password", "PassWord", "12345678", "qwertyuiop", "iloveyou", "1q2w3e4r5t", "trustno1"} {
		if !userauth.IsCommon(p) {
			t.Errorf("%q is common", p)
		}
	}
	for _, p := range []string{
		"", "\n", "correct horse battery", "passwor", "assword\n", "password\n12345678", " password", "staple the next one",
		strings.Repeat("x", 128), "пароль для дома",
	} {
		if userauth.IsCommon(p) {
			t.Errorf("%q is not common", p)
		}
	}
}
