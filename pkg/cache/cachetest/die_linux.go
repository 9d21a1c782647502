package cachetest

import "syscall"

// dieWithUs makes a program end when the test is ended by force.
func dieWithUs() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
