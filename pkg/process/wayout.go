package process

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// lastRequests is how long a server that accepts no more waits for the
// requests of the connections that it has accepted.
const lastRequests = time.Second

// wayOut shows the clients of an HTTP server the way out, before its Shutdown.
// That closes connections which wait for their next request, which may be on
// its way, and drops the requests that it reads from then on, unanswered.
type wayOut struct {
	net.Listener // the server's
	next         http.Handler
	leaving      atomic.Bool
	closing      atomic.Bool
	accepted     chan struct{} // closed when nothing will be accepted any more

	mu    sync.Mutex
	busy  map[net.Conn]bool // with a request, or a first one to come
	quiet chan struct{}     // closed when there are none, once that is waited for
}

func newWayOut(h HTTPServer) *wayOut {
	return &wayOut{Listener: h.Listener, next: h.Handler, accepted: make(chan struct{}), busy: map[net.Conn]bool{}}
}

// Accept knows of a connection before the server does.
func (w *wayOut) Accept() (net.Conn, error) {
	c, err := w.Listener.Accept()
	if err != nil && w.closing.Load() {
		c, err = w.last()
	}
	if err == nil {
		w.follow(c, http.StateNew)
	}
	return c, err
}

// ServeHTTP asks clients to come back over another connection, at the end.
func (w *wayOut) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if w.leaving.Load() {
		rw.Header().Set("Connection", "close")
	}
	w.next.ServeHTTP(rw, r)
}

// follow is told of what each connection does.
func (w *wayOut) follow(c net.Conn, state http.ConnState) {
	if encrypted, ok := c.(*tls.Conn); ok {
		c = encrypted.NetConn()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if state == http.StateNew || state == http.StateActive {
		w.busy[c] = true
	} else {
		delete(w.busy, c)
	}
	if w.quiet != nil && len(w.busy) == 0 {
		close(w.quiet)
		w.quiet = nil
	}
}

// leave gives clients notice, stops to accept, and returns when every request
// of those that were accepted is answered, or has not come.
func (w *wayOut) leave(notice time.Duration) {
	w.leaving.Store(true)
	<-time.After(notice)
	w.stopAccepting()
	<-w.accepted
	select {
	case <-w.allQuiet():
	case <-time.After(lastRequests):
	}
}

// stopAccepting makes Accept return, and close the listener.
func (w *wayOut) stopAccepting() {
	w.closing.Store(true)
	if l, ok := w.Listener.(*net.TCPListener); ok && l.SetDeadline(time.Unix(1, 0)) == nil {
		return
	}
	_ = w.Close() // Shutdown closes it again, and tells
}

// last returns a connection that waits to be accepted, and only then closes
// the listener: those that wait when it closes are cut by the system. While
// another goroutine is in Accept, Close would have to wait for that to end.
func (w *wayOut) last() (c net.Conn, err error) {
	err = net.ErrClosed
	if l, ok := w.Listener.(*net.TCPListener); ok {
		if raw, rawErr := l.SyscallConn(); rawErr == nil {
			_ = raw.Control(func(fd uintptr) {
				if c, err = acceptNow(int(fd)); err != nil {
					// It takes Close a while to get there.
					_ = syscall.Shutdown(int(fd), syscall.SHUT_RD)
				}
			})
		}
	}
	if err != nil {
		_ = w.Close()
		err = net.ErrClosed
	}
	return c, err
}

// acceptNow accepts without waiting.
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

func (w *wayOut) allQuiet() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	quiet := make(chan struct{})
	if len(w.busy) == 0 {
		close(quiet)
	} else {
		w.quiet = quiet
	}
	return quiet
}
