package registrytest

import (
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Proxy is between a client and a server on a Unix socket, and can partition the
// two without either of them being told.
type Proxy struct {
	listener net.Listener
	server   string // its socket
	running  sync.WaitGroup

	mu          sync.Mutex
	changed     *sync.Cond // the end of a partition, or the close
	partitioned bool
	conns       map[net.Conn]bool // nil: closed
}

// NewProxy makes a proxy for an endpoint "unix:///path", which ends with the test.
func NewProxy(t testing.TB, endpoint string) *Proxy {
	t.Helper()
	listener, err := net.Listen("unix", filepath.Join(ShortDir(t), "proxy.sock"))
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{listener: listener, server: strings.TrimPrefix(endpoint, "unix://"), conns: map[net.Conn]bool{}}
	p.changed = sync.NewCond(&p.mu)
	p.running.Go(p.serve)
	t.Cleanup(p.close)
	return p
}

// Endpoint is the address for the client.
func (p *Proxy) Endpoint() string { return "unix://" + p.listener.Addr().String() }

// Partition holds back all that is sent, and all new connections.
func (p *Proxy) Partition() { p.setPartitioned(true) }

// Heal ends the partition: what was held back is delivered.
func (p *Proxy) Heal() { p.setPartitioned(false) }

// Disconnect closes all connections. New ones can be made, unless there is a
// partition.
func (p *Proxy) Disconnect() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		_ = c.Close()
	}
}

func (p *Proxy) setPartitioned(partitioned bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.partitioned = partitioned
	p.changed.Broadcast()
}

func (p *Proxy) serve() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		if !p.add(client) {
			return
		}
		p.running.Go(func() { p.connect(client) })
	}
}

// connect carries one connection.
func (p *Proxy) connect(client net.Conn) {
	defer p.remove(client)
	if !p.await() {
		return
	}
	server, err := net.Dial("unix", p.server)
	if err != nil || !p.add(server) {
		return
	}
	defer p.remove(server)
	p.running.Go(func() {
		p.copy(client, server)
		p.remove(client)
	})
	p.copy(server, client)
}

func (p *Proxy) copy(to io.WriteCloser, from io.Reader) {
	defer func() { _ = to.Close() }()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil || !p.await() {
			return
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// await waits until there is no partition, and reports false after the close.
func (p *Proxy) await() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.partitioned && p.conns != nil {
		p.changed.Wait()
	}
	return p.conns != nil
}

func (p *Proxy) add(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.conns == nil {
		_ = c.Close()
		return false
	}
	p.conns[c] = true
	return true
}

func (p *Proxy) remove(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
	_ = c.Close()
}

func (p *Proxy) close() {
	_ = p.listener.Close()
	p.mu.Lock()
	for c := range p.conns {
		_ = c.Close()
	}
	p.conns = nil
	p.changed.Broadcast()
	p.mu.Unlock()
	p.running.Wait()
}
