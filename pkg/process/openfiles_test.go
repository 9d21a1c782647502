package process_test

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
)

// withoutFiles is a listener that fails to accept once, if it is told to.
type withoutFiles struct {
	net.Listener
	fail chan error
}

func (l withoutFiles) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	select {
	case failure := <-l.fail:
		_ = c.Close()
		return nil, failure
	default:
		return c, err
	}
}

func TestAddHTTP_OutOfFiles_IdlestIsClosedAndItGoesOn(t *testing.T) {
	t.Parallel()
	l := withoutFiles{tcp(t), make(chan error, 1)}
	s := startLimited(t, l, 10)
	first, second := s.dial(""), s.dial("")
	for _, c := range []conn{first, second} {
		if !c.ask("/") {
			t.Fatal("it is not served")
		}
		s.when(2, 2)
	}
	l.fail <- &net.OpError{Op: "accept", Err: os.NewSyscallError("accept4", syscall.EMFILE)}
	if s.dial("").ask("/") {
		t.Fatal("it is served without a file")
	}
	if _, err := first.ReadByte(); !errors.Is(err, io.EOF) {
		t.Errorf("the idlest connection: %v, want it closed", err)
	}
	if !second.ask("/") || !s.dial("").ask("/") {
		t.Error("it does not go on")
	}
	if s.logged("level=warn") != 1 || s.logged("out of file descriptors") != 1 {
		t.Errorf("the log: %s", s.log.String())
	}
}
