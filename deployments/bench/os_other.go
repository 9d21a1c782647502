//go:build !linux

package main

import (
	"syscall"
	"time"
)

// dieWithUs cannot be had here, and neither can a benchmark: it reads /proc.
func dieWithUs() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// rest waits, as well as it can here.
func rest(d time.Duration) { <-time.After(d) }
