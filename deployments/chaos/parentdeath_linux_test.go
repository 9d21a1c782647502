package chaos_test

import "syscall"

// killWithParent makes a program end when the test is ended by force.
func killWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
