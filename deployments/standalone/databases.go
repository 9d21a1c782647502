package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// creatingMark is the name of a file that is in the folder from before the
// databases are made until all of them are ready.
const creatingMark = "creating"

// checkDatabases returns an error if one of the databases is missing, or empty, and
// another is not: to begin with an empty one would show people empty lists, or no
// accounts. Where all are missing, or a first start was interrupted, they may be
// made.
func (f *folder) checkDatabases(names []string) error {
	var there, missing []string
	for _, name := range names {
		switch info, err := os.Stat(filepath.Join(f.dir, name)); {
		case errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0:
			missing = append(missing, name)
		case err != nil:
			return err
		default:
			there = append(there, name)
		}
	}
	mark := filepath.Join(f.dir, creatingMark)
	switch {
	case len(missing) == 0:
		return nil
	case len(there) == 0:
		return os.WriteFile(mark, nil, 0o600)
	}
	if _, err := os.Stat(mark); err == nil {
		return nil
	}
	return fmt.Errorf("%s is missing in %s, though %s is there: put it back, for they belong together; "+
		"to begin with an empty one instead, make a file of the name %s there",
		strings.Join(missing, ", "), f.dir, strings.Join(there, ", "), mark)
}

// databasesReady notes that a database that is missing from now on is lost.
func (f *folder) databasesReady() error {
	err := os.Remove(filepath.Join(f.dir, creatingMark))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
