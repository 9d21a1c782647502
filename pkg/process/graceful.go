package process

import (
	"crypto/tls"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"todokit/pkg/framing"
)

// lastRequestTimeout is how long a server that no longer accepts waits for the
// requests of the connections that it has accepted.
const lastRequestTimeout = time.Second

// gracefulListener lets no request be lost before the Shutdown of an HTTP server,
// which closes connections whose next request may be on its way, and does not
// answer the requests that it reads from then on. It is the server's listener,
// its ConnState hook, and the outermost handler.
type gracefulListener struct {
	net.Listener // the server's
	next         http.Handler
	connections  *connections
	encrypted    bool
	draining     atomic.Bool
	closing      atomic.Bool
	serveEnded   chan struct{} // closed when nothing more will be accepted

	mu     sync.Mutex
	active map[net.Conn]bool // with a request, or before their first
	idle   chan struct{}     // closed when there are none; nil until waited for
}

func newGracefulListener(h HTTPServer) *gracefulListener {
	return &gracefulListener{Listener: h.Listener, next: h.Handler, connections: newConnections(h), encrypted: h.TLS != nil, serveEnded: make(chan struct{}), active: map[net.Conn]bool{}}
}

// Accept tracks a connection from before the server knows it.
func (l *gracefulListener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil && l.closing.Load() {
			c, err = l.acceptPending()
		}
		if err != nil {
			l.connections.acceptFailed(err)
			return c, err
		}
		if !l.encrypted {
			c = framing.Watch(c)
		}
		if l.connections.admit(c) {
			l.connState(c, http.StateNew)
			return c, nil
		}
	}
}

// ServeHTTP asks clients, while draining, to use another connection. So it does
// after a Transfer-Encoding: what follows it may be no request (RFC 9112, 6.1).
func (l *gracefulListener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if l.draining.Load() || framing.Encoded(r) {
		w.Header().Set("Connection", "close")
	}
	l.next.ServeHTTP(w, r)
}

// connState is the server's ConnState hook.
func (l *gracefulListener) connState(c net.Conn, state http.ConnState) {
	l.connections.state(c, state)
	if encrypted, ok := c.(*tls.Conn); ok {
		c = encrypted.NetConn()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if state == http.StateNew || state == http.StateActive {
		l.active[c] = true
	} else {
		delete(l.active, c)
	}
	if l.idle != nil && len(l.active) == 0 {
		close(l.idle)
		l.idle = nil
	}
}

// drain asks clients to use another connection for as long as notice, stops to
// accept, and returns when every connection that was accepted is idle, or after
// lastRequestTimeout.
func (l *gracefulListener) drain(notice time.Duration) {
	l.draining.Store(true)
	<-time.After(notice)
	l.stopAccepting()
	<-l.serveEnded
	select {
	case <-l.whenIdle():
	case <-time.After(lastRequestTimeout):
	}
}

// stopAccepting makes Accept return, and close the listener.
func (l *gracefulListener) stopAccepting() {
	l.closing.Store(true)
	if tcp, ok := l.Listener.(*net.TCPListener); ok && tcp.SetDeadline(time.Unix(1, 0)) == nil {
		return
	}
	_ = l.Close() // Shutdown closes it again, and returns the error
}

// acceptPending returns a connection from the queue of the operating system, and
// closes the listener when there is none: those still in the queue at the close
// are reset. While another goroutine is in Accept, Close would have to wait for
// that to end.
func (l *gracefulListener) acceptPending() (c net.Conn, err error) {
	err = net.ErrClosed
	if tcp, ok := l.Listener.(*net.TCPListener); ok {
		if raw, rawErr := tcp.SyscallConn(); rawErr == nil {
			_ = raw.Control(func(fd uintptr) { c, err = acceptQueued(fd) })
		}
	}
	if err != nil {
		_ = l.Close()
		err = net.ErrClosed
	}
	return c, err
}

// whenIdle returns a channel that is closed when no connection is active.
func (l *gracefulListener) whenIdle() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	idle := make(chan struct{})
	if len(l.active) == 0 {
		close(idle)
	} else {
		l.idle = idle
	}
	return idle
}
