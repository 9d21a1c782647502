//go:build !unix

package process

// openFilesLimit returns 0: there is no such limit.
func openFilesLimit() int { return 0 }
