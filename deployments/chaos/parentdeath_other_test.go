//go:build !linux

package chaos_test

import "syscall"

// killWithParent cannot be had here: a test that is ended by force leaves its
// programs behind.
func dieWithUs() *syscall.SysProcAttr { return &syscall.SysProcAttr{} }
