//go:build unix

package process

import (
	"errors"
	"net"
	"os"
	"syscall"
)

// acceptQueued accepts without waiting. Where no connection is queued, it lets none
// be queued any more: the listener is closed a little later.
func acceptQueued(listener uintptr) (net.Conn, error) {
	c, err := acceptNow(int(listener))
	if err != nil {
		_ = syscall.Shutdown(int(listener), syscall.SHUT_RD)
	}
	return c, err
}

func acceptNow(listener int) (net.Conn, error) {
	syscall.ForkLock.RLock()
	fd, _, err := syscall.Accept(listener)
	for errors.Is(err, syscall.ECONNABORTED) || errors.Is(err, syscall.EINTR) {
		fd, _, err = syscall.Accept(listener)
	}
	if err == nil {
		syscall.CloseOnExec(fd)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(fd), "connection")
	defer func() { _ = f.Close() }() // what is returned has a copy
	return net.FileConn(f)
}
