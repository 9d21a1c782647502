package process

import (
	"context"
	"errors"
	"net"
	"time"

	"todokit/pkg/backoff"
)

// The waits after a failed accept, which is the lack of file descriptors as a rule.
const (
	firstAcceptWait   = 5 * time.Millisecond
	longestAcceptWait = time.Second
)

// notReadyListener closes each connection at once until Accept is called for the
// first time. An instance that restarts is still known under its old address,
// and gets calls before it is ready: these callers go to another instance at
// once. Left to the operating system, they would wait.
type notReadyListener struct {
	net.Listener
	rejecting context.Context
	stop      context.CancelFunc // ends rejecting
	first     chan net.Conn      // the first connection since ready, then closed
}

func newNotReadyListener(l net.Listener) *notReadyListener {
	n := &notReadyListener{Listener: l, first: make(chan net.Conn, 1)}
	n.rejecting, n.stop = context.WithCancel(context.Background())
	go n.reject()
	return n
}

func (l *notReadyListener) reject() {
	defer close(l.first)
	for wait := backoff.New(firstAcceptWait, longestAcceptWait); ; {
		c, err := l.Listener.Accept()
		switch {
		case err != nil && l.rejecting.Err() != nil, errors.Is(err, net.ErrClosed):
			return // Accept returns the error, or the next connection
		case err != nil:
			wait.Wait(l.rejecting)
		case l.rejecting.Err() != nil:
			l.first <- c
			return
		default:
			_ = c.Close()
			wait.Reset()
		}
	}
}

// Accept makes the listener ready.
func (l *notReadyListener) Accept() (net.Conn, error) {
	l.stop()
	if c, ok := <-l.first; ok {
		return c, nil
	}
	return l.Listener.Accept()
}

// Close closes the listener.
func (l *notReadyListener) Close() error {
	l.stop()
	return l.Listener.Close()
}
