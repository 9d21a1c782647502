package userauth

import (
	_ "embed" // for the list
	"strings"
)

// commonPasswords has one on each line, in lower case, and says where it comes from.
//
//go:embed commonpasswords.txt
var commonPasswords string

// IsCommon says whether a password, in any case, is among those that are tried
// first. The list is searched as it is, which takes some microseconds, and no
// memory beside the program's.
func IsCommon(password string) bool {
	if password == "" || strings.Contains(password, "\n") {
		return false
	}
	return strings.Contains(commonPasswords, "\n"+strings.ToLower(password)+"\n")
}
