package user_test

import (
	"errors"
	"strings"
	"testing"

	"todokit/pkg/casefold"
	"todokit/pkg/mutation"
	"todokit/user"
)

// Accounts whose names became alike later keep working, and there are no new ones.
func TestSignIn_NamesAlikeSinceAnUpgrade_EachFoundByItsSpelling(t *testing.T) {
	t.Parallel()
	former := func(name string) (string, error) { return strings.ToLower(name), nil }
	f := newFixture(t, func(d *user.Deps) { d.NameKey = former })
	register := func(name, password string) error {
		r := user.Register{Mutation: mutation.Mutation{ID: f.clock.NewID()}, Name: name, Password: password}
		_, err := f.svc.Register(t.Context(), r)
		return err
	}
	passwords := map[string]string{"weiß": "staple the first", "weiss": "staple the second"}
	for _, name := range []string{"weiß", "weiss"} {
		if err := register(name, passwords[name]); err != nil {
			t.Fatal(err)
		}
	}
	f.change(func(d *user.Deps) {
		d.NameKey = func(name string) (string, error) { return casefold.String(name), nil }
		d.FormerNameKey = former
	})
	for typed, of := range map[string]string{"weiß": "weiß", "WEIẞ": "weiß", "weiss": "weiss", "WEISS": "weiss"} {
		in := user.SignIn{SessionID: f.clock.NewID(), Name: typed, Password: passwords[of]}
		if got, err := f.svc.SignIn(t.Context(), in); err != nil || got.User.Name != of {
			t.Errorf("%s signs in as %q, %v; want %s", typed, got.User.Name, err, of)
		}
	}
	for _, name := range []string{"weiß", "Weiss", "WEIẞ"} {
		if err := register(name, "of somebody new"); !errors.Is(err, user.ErrNameTaken) {
			t.Errorf("%s is registered again: %v", name, err)
		}
	}
}
