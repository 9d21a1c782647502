//go:build linux || darwin || freebsd

package diskspace

import "syscall"

// free returns how many bytes an ordinary account may still write.
func free(path string) (bytes uint64, known bool) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(path, &s); err != nil {
		return 0, false
	}
	//nolint:gosec // the types are others on each system; the numbers are small, or negative where root has taken the reserve
	return uint64(max(int64(s.Bavail), 0)) * uint64(s.Bsize), true
}
