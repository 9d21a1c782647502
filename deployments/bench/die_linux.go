package main

import "syscall"

// dieWithUs makes a program end when the benchmark is ended by force.
func dieWithUs() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}
