package token

import "strings"

// Scopes is what a token may be used for, as a set.
type Scopes uint8

// The scopes. Which method needs which of them, the table of each server says.
const (
	TasksRead  Scopes = 1 << iota // lists and tasks: read
	TasksWrite                    // lists and tasks: make, change, delete
	Account                       // the account, its sessions and its tokens
)

// AllScopes is what the token of a signed-in device may be used for.
const AllScopes = TasksRead | TasksWrite | Account

// scopeNames are stable: clients choose them, and tokens bear them.
var scopeNames = []struct {
	scope Scopes
	name  string
}{
	{TasksRead, "tasks:read"},
	{TasksWrite, "tasks:write"},
	{Account, "account"},
}

// ParseScopes reads names with spaces between them (RFC 8693, 4.2). A name that
// is not known allows nothing here.
func ParseScopes(names string) (all Scopes) {
	for name := range strings.FieldsSeq(names) {
		for _, known := range scopeNames {
			if name == known.name {
				all |= known.scope
			}
		}
	}
	return all
}

// Has says whether all of the wanted scopes are there.
func (s Scopes) Has(wanted Scopes) bool { return s&wanted == wanted }

// String returns the names, as ParseScopes reads them.
func (s Scopes) String() string { return strings.Join(s.Names(), " ") }

// Names returns the name of each scope.
func (s Scopes) Names() []string {
	var names []string
	for _, known := range scopeNames {
		if s.Has(known.scope) {
			names = append(names, known.name)
		}
	}
	return names
}
