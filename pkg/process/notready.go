package process

import (
	"net"
	"sync"
)

// notReadyListener closes each connection at once until Accept is called for the
// first time. An instance that restarts is still known under its old address,
// and gets calls before it is ready: these callers go to another instance at
// once. Left to the operating system, they would wait.
type notReadyListener struct {
	net.Listener
	ready sync.Once
	first chan net.Conn // the first connection since ready, then closed
	stop  chan struct{} // closed when ready
}

func newNotReadyListener(l net.Listener) *notReadyListener {
	n := &notReadyListener{Listener: l, first: make(chan net.Conn, 1), stop: make(chan struct{})}
	go n.reject()
	return n
}

func (l *notReadyListener) reject() {
	defer close(l.first)
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return // the listener is closed; Accept returns the same
		}
		select {
		case <-l.stop:
			l.first <- c
			return
		default:
			_ = c.Close()
		}
	}
}

// Accept makes the listener ready.
func (l *notReadyListener) Accept() (net.Conn, error) {
	l.ready.Do(func() { close(l.stop) })
	if c, ok := <-l.first; ok {
		return c, nil
	}
	return l.Listener.Accept()
}
