package gateway

import (
	"slices"

	"todokit/pkg/errs"
	"todokit/pkg/rest"
	"todokit/task"
	"todokit/user"
)

// catalogue lists every error that a client can see.
func catalogue() []*errs.Error {
	return slices.Concat(errs.Catalogue(), rest.Catalogue(), user.Catalogue(), task.Catalogue())
}
