package userauth

import (
	"strings"

	"todokit/pkg/token"
	"todokit/user"
)

// ScopesOf returns the scopes as a token bears them.
func ScopesOf(scopes []user.Scope) token.Scopes {
	names := make([]string, len(scopes))
	for i, s := range scopes {
		names[i] = string(s)
	}
	return token.ParseScopes(strings.Join(names, " "))
}
