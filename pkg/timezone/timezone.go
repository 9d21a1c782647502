// Package timezone knows the time zones of the IANA database, which is compiled
// in: they are the same on every host.
package timezone

import (
	_ "embed" // for the names
	"errors"
	"strings"
	"time"
	_ "time/tzdata" // for hosts without the database, or without its links
)

// Format says what a name must be; it is the argument of errs.FieldFormat.
const Format = "a name of the IANA time zone database such as Europe/Berlin"

// names has each name of the database on a line, links such as Asia/Calcutta
// included. A test compares it with the database of the Go in use.
//
//go:embed names.txt
var names string

var errUnknown = errors.New("no name of the IANA time zone database")

// Load returns the zone of a name, in exactly the spelling of the database.
// time.LoadLocation would also take a path, another case where the file system
// does, and Local. Returns an error for any other text; the empty one, too.
func Load(name string) (*time.Location, error) {
	if !known(name) {
		return nil, errUnknown
	}
	return time.LoadLocation(name)
}

// known searches the list as it is, which takes a microsecond.
func known(name string) bool {
	return name != "" && !strings.Contains(name, "\n") && strings.Contains("\n"+names, "\n"+name+"\n")
}
