//go:build !unix

package process

// ignoreFileSizeSignal has nothing to ignore here.
func ignoreFileSizeSignal() {}
