package usertransport

import "todokit/pkg/token"

// Public returns the methods that need no token, for rpc.ServerOptions.
func Public() []string { return namesOf(func(m method) bool { return m.public }) }

// Ending returns the methods that may end the session they are called through,
// for rpc.ServerOptions.
func Ending() []string { return namesOf(func(m method) bool { return m.ending }) }

// Hashing returns the methods that hash a password. They take longer than the
// others by nature, and much longer when many are called at once.
func Hashing() []string { return namesOf(func(m method) bool { return m.hashing }) }

func namesOf(which func(method) bool) (names []string) {
	for _, m := range methods() {
		if which(m) {
			names = append(names, m.name)
		}
	}
	return names
}

// Scopes returns what a token must allow for each of the methods that are not
// public, for rpc.ServerOptions.
func Scopes() map[string]token.Scopes {
	scopes := map[string]token.Scopes{}
	for _, m := range methods() {
		if !m.public {
			scopes[m.name] = m.scope
		}
	}
	return scopes
}
