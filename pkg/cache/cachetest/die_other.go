//go:build !linux

package cachetest

import "syscall"

// dieWithUs cannot be had here: a test that is ended by force leaves its
// server behind.
func dieWithUs() *syscall.SysProcAttr { return &syscall.SysProcAttr{} }
