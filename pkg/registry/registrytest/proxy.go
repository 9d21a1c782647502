package registrytest

import (
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Link is a wire between a client and a server on a Unix socket that can be
// cut without either of them being told.
type Link struct {
	listener net.Listener
	to       string
	running  sync.WaitGroup

	mu    sync.Mutex
	whole *sync.Cond // waits for cut to end, or for closed
	cut   bool
	conns map[net.Conn]bool // nil: closed
}

// NewLink makes a wire to an endpoint "unix:///path", which ends with the test.
func NewLink(t testing.TB, endpoint string) *Link {
	t.Helper()
	listener, err := net.Listen("unix", filepath.Join(ShortDir(t), "link.sock"))
	if err != nil {
		t.Fatal(err)
	}
	l := &Link{listener: listener, to: strings.TrimPrefix(endpoint, "unix://"), conns: map[net.Conn]bool{}}
	l.whole = sync.NewCond(&l.mu)
	l.running.Go(l.serve)
	t.Cleanup(l.close)
	return l
}

// Endpoint is the client's end.
func (l *Link) Endpoint() string { return "unix://" + l.listener.Addr().String() }

// Cut holds back all that is sent, and all new connections.
func (l *Link) Cut() { l.set(true) }

// Heal lets everything through that was held back.
func (l *Link) Heal() { l.set(false) }

// Break ends all connections. New ones can be made, unless the wire is cut.
func (l *Link) Break() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.conns {
		_ = c.Close()
	}
}

func (l *Link) set(cut bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = cut
	l.whole.Broadcast()
}

func (l *Link) serve() {
	for {
		client, err := l.listener.Accept()
		if err != nil {
			return
		}
		if !l.add(client) {
			return
		}
		l.running.Go(func() { l.join(client) })
	}
}

// join carries one connection.
func (l *Link) join(client net.Conn) {
	defer l.drop(client)
	if !l.pass() {
		return
	}
	server, err := net.Dial("unix", l.to)
	if err != nil || !l.add(server) {
		return
	}
	defer l.drop(server)
	l.running.Go(func() {
		l.carry(client, server)
		l.drop(client)
	})
	l.carry(server, client)
}

func (l *Link) carry(to io.WriteCloser, from io.Reader) {
	defer func() { _ = to.Close() }()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil || !l.pass() {
			return
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// pass waits until the wire is whole, and reports false if it has been closed.
func (l *Link) pass() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.cut && l.conns != nil {
		l.whole.Wait()
	}
	return l.conns != nil
}

func (l *Link) add(c net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conns == nil {
		_ = c.Close()
		return false
	}
	l.conns[c] = true
	return true
}

func (l *Link) drop(c net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns, c)
	_ = c.Close()
}

func (l *Link) close() {
	_ = l.listener.Close()
	l.mu.Lock()
	for c := range l.conns {
		_ = c.Close()
	}
	l.conns = nil
	l.whole.Broadcast()
	l.mu.Unlock()
	l.running.Wait()
}
