package main

import (
	"syscall"
	"time"
)

// dieWithUs makes a program end when the benchmark is ended by force.
func dieWithUs() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}

// rest waits, to some ten microseconds: Go's own timers are up to a
// millisecond late on an idle machine, which is more than what is measured.
func rest(d time.Duration) {
	left := syscall.NsecToTimespec(d.Nanoseconds())
	for d > 0 && syscall.Nanosleep(&left, &left) == syscall.EINTR {
		continue
	}
}
