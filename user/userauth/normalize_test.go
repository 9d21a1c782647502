package userauth_test

import (
	"testing"

	"todokit/user/userauth"
)

func TestNameKey_LookalikesAreEqual(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Ann.Smith-2_x": "ann.smith-2_x",
		"ＡＮＮ":           "ann",
		"Zoe\u0308":     "zoë",
		"ZOË":           "zoë",
		"测试":            "测试",
		"Νίκος":         "νίκοσ",
		"ΝΊΚΟΣ":         "νίκοσ",
		"weiß":          "weiss",
		"WEISS":         "weiss",
	} {
		if got, err := userauth.NameKey(name); err != nil || got != want {
			t.Errorf("%q: got %q, %v; want %q", name, got, err, want)
		}
	}
	for _, name := range []string{"two words", "nul\x00", "\xff", "a\u200bb"} {
		if got, err := userauth.NameKey(name); err == nil {
			t.Errorf("%q is taken as %q", name, got)
		}
	}
}

func TestPreparePassword_Composes(t *testing.T) {
	t.Parallel()
	if got := userauth.PreparePassword("Pa\u0308ss"); got != "P\u00e4ss" {
		t.Fatalf("got %q", got)
	}
}
