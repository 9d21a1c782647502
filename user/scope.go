package user

import "slices"

// Scope is something that a token may be used for.
type Scope string

// The scopes. None of them holds another.
const (
	ScopeTasksRead  Scope = "tasks:read"  // lists and tasks: read
	ScopeTasksWrite Scope = "tasks:write" // lists and tasks: make, change, delete
	ScopeAccount    Scope = "account"     // the account, its sessions and its tokens
)

// Scopes returns them all, which is what a signed-in device may do.
func Scopes() []Scope { return []Scope{ScopeTasksRead, ScopeTasksWrite, ScopeAccount} }

// holdsAll says whether every wanted scope is among those that are held.
func holdsAll(held, wanted []Scope) bool {
	return !slices.ContainsFunc(wanted, func(s Scope) bool { return !slices.Contains(held, s) })
}
