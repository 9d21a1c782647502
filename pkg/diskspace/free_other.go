//go:build !(linux || darwin || freebsd)

package diskspace

// free is not known on this system.
func free(string) (bytes uint64, known bool) { return 0, false }
