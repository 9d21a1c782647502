// Package diskspace tells how much a disk has left, so that what fails for the
// lack of it says so.
package diskspace

import (
	"errors"
	"fmt"
)

// ErrFull is wrapped with the path and the numbers.
var ErrFull = errors.New("the disk is full")

// full is how many bytes are too few for anything.
const full = 1 << 20

// Full reports whether less than 1 MiB is left on the disk of the path. Where the
// system does not tell, it is not full.
func Full(path string) bool { return Require(path, full) != nil }

// Require returns ErrFull if fewer bytes are left on the disk of the path than are
// needed.
func Require(path string, needed uint64) error {
	free, known := free(path)
	if !known || free >= needed {
		return nil
	}
	return fmt.Errorf("%w: %s has %d KiB left, and needs %d", ErrFull, path, free>>10, needed>>10)
}
