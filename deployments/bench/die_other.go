//go:build !linux

package main

import "syscall"

// dieWithUs cannot be had here, and neither can a benchmark: it reads /proc.
func dieWithUs() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
