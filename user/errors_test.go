package user_test

import (
	"testing"

	"todokit/pkg/errs"
	"todokit/user"
)

func TestCatalogue_CodesUnique(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, e := range append(user.Catalogue(), errs.Catalogue()...) {
		if seen[e.Code] {
			t.Errorf("%s is there twice", e.Code)
		}
		seen[e.Code] = true
	}
}
