package user_test

import (
	"errors"
	"testing"

	"todokit/pkg/errs"
	"todokit/pkg/mutation"
	"todokit/user"
)

func TestRegistrationPolicy_Register(t *testing.T) {
	t.Parallel()
	codes := []string{"first of the codes", "second of the codes"}
	for name, c := range map[string]struct {
		admission user.RegistrationPolicy
		code      string
		want      error
	}{
		"everyone":                {user.RegistrationPolicy{}, "", nil},
		"everyone, with any code": {user.RegistrationPolicy{}, "x", nil},
		"nobody":                  {user.RegistrationPolicy{Closed: true}, "", user.ErrRegistrationClosed},
		"nobody, with a code":     {user.RegistrationPolicy{Closed: true, Codes: codes}, codes[0], user.ErrRegistrationClosed},
		"who has a code":          {user.RegistrationPolicy{Codes: codes}, codes[1], nil},
		"who has none":            {user.RegistrationPolicy{Codes: codes}, "", user.ErrBadInvitation},
		"who has a wrong one":     {user.RegistrationPolicy{Codes: codes}, "first of the code", user.ErrBadInvitation},
		"who has two":             {user.RegistrationPolicy{Codes: codes}, codes[0] + "," + codes[1], user.ErrBadInvitation},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, func(d *user.Deps) { d.Registration = c.admission })
			_, err := f.svc.Register(t.Context(), user.Register{Mutation: mutation.Mutation{ID: f.clock.NewID()}, Name: "newcomer", Password: "correct horse", Invitation: c.code})
			if !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
		})
	}
}

// Whoever may not register learns nothing of the names that are taken.
func TestRegistrationPolicy_Refused_TellsNoNames(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(d *user.Deps) { d.Registration = user.RegistrationPolicy{Codes: []string{"the only one there is"}} })
	for _, name := range []string{"somebody", "nobody", "!"} {
		_, err := f.svc.Register(t.Context(), user.Register{Mutation: mutation.Mutation{ID: f.clock.NewID()}, Name: name, Password: "x"})
		if !errors.Is(err, user.ErrBadInvitation) || errs.From(err).Fields != nil {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
