package process

import (
	"container/list"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"todokit/pkg/ipnetwork"
)

// ConnectionLimit bounds the open connections of a server. To make room for a new
// one, the connection that has waited the longest for a request is closed. While
// all of them have requests, new ones are closed at once.
type ConnectionLimit struct {
	Max int // 0: as many as the file descriptors allow; a quarter of them from one address (of IPv6: one /64)
	// Exempt tells which addresses may have more than a quarter: proxies; nil: none.
	// Clients without an address, as on a Unix socket, always may.
	Exempt     func(netip.Addr) bool
	Registerer prometheus.Registerer // nil: no metrics
}

const (
	// maxConnections is where more would take too much memory: 15 KiB each.
	maxConnections = 16384
	// reservedFiles are for databases, other services, logs.
	reservedFiles = 96
	minPerAddress = 8
	// warnInterval is the least time between two warnings.
	warnInterval = 10 * time.Second
)

// defaultConnections is how many connections a server takes that may open so many
// files, 0 for an unknown number.
func defaultConnections(files int) int {
	if files <= 0 {
		return maxConnections
	}
	return max(min(files*3/4, files-reservedFiles, maxConnections), 2*minPerAddress)
}

// connections are the open ones of a server.
type connections struct {
	limit      ConnectionLimit
	perAddress int
	logger     log.Logger

	open, idle              prometheus.Gauge
	closed, refused, noFile prometheus.Counter

	mu        sync.Mutex
	all       map[net.Conn]*connection
	byAddress map[netip.Prefix]int
	waiting   list.List // of *connection without a request, the one that waits the longest in front
	warned    time.Time
}

type connection struct {
	net.Conn
	address netip.Prefix  // not valid: it counts for none
	place   *list.Element // in waiting; nil: it has a request
}

func newConnections(h HTTPServer) *connections {
	limit := h.Connections
	if limit.Max <= 0 {
		limit.Max = defaultConnections(openFilesLimit())
	}
	with := promauto.With(limit.Registerer)
	closed := with.NewCounterVec(prometheus.CounterOpts{
		Name: "todokit_http_connections_limited_total",
		Help: "Connections that were closed while they were idle, or refused, because there were too many; and failures to accept one for want of file descriptors (no_files).",
	}, []string{"what"})
	return &connections{
		limit: limit, perAddress: max(limit.Max/4, min(minPerAddress, limit.Max)), logger: log.With(h.Logger, "server", h.Name),
		all: map[net.Conn]*connection{}, byAddress: map[netip.Prefix]int{},
		open:   with.NewGauge(prometheus.GaugeOpts{Name: "todokit_http_connections", Help: "Open connections of clients."}),
		idle:   with.NewGauge(prometheus.GaugeOpts{Name: "todokit_http_connections_idle", Help: "Open connections of clients that have no request."}),
		closed: closed.WithLabelValues("idle"), refused: closed.WithLabelValues("refused"), noFile: closed.WithLabelValues("no_files"),
	}
}

// admit counts a new connection, or closes it if there is no room.
func (s *connections) admit(conn net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &connection{Conn: conn, address: s.addressOf(conn)}
	tooMany, from := len(s.all) >= s.limit.Max, netip.Prefix{}
	if c.address.IsValid() && s.byAddress[c.address] >= s.perAddress {
		tooMany, from = true, c.address
	}
	if tooMany && !s.closeIdlest(from) {
		s.refused.Inc()
		s.warn("a connection was refused: all that there may be have requests", "address", from)
		_ = conn.Close()
		return false
	}
	s.all[conn] = c
	if c.address.IsValid() {
		s.byAddress[c.address]++
	}
	c.place = s.waiting.PushBack(c)
	s.count()
	return true
}

// addressOf returns what a connection counts for.
func (s *connections) addressOf(conn net.Conn) netip.Prefix {
	tcp, ok := conn.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return netip.Prefix{}
	}
	addr := tcp.AddrPort().Addr().Unmap().WithZone("")
	if !addr.IsValid() || s.limit.Exempt != nil && s.limit.Exempt(addr) {
		return netip.Prefix{}
	}
	return ipnetwork.Of(addr)
}

// closeIdlest closes the connection that has waited the longest for a request, of
// an address if that is valid. Returns whether there was one.
func (s *connections) closeIdlest(of netip.Prefix) bool {
	for e := s.waiting.Front(); e != nil; e = e.Next() {
		c, _ := e.Value.(*connection)
		if of.IsValid() && c.address != of {
			continue
		}
		s.forget(c)
		_ = c.Close() // the server notices
		s.closed.Inc()
		s.warn("an idle connection was closed to make room for another one", "address", of)
		return true
	}
	return false
}

// state follows the server's ConnState hook.
func (s *connections) state(conn net.Conn, state http.ConnState) {
	if encrypted, ok := conn.(*tls.Conn); ok {
		conn = encrypted.NetConn()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.all[conn]
	if !ok {
		return // it was closed to make room
	}
	switch state {
	case http.StateIdle:
		if c.place == nil {
			c.place = s.waiting.PushBack(c)
		}
	case http.StateActive:
		s.stopWaiting(c)
	case http.StateClosed, http.StateHijacked:
		s.forget(c)
	case http.StateNew:
	}
	s.count()
}

func (s *connections) stopWaiting(c *connection) {
	if c.place != nil {
		s.waiting.Remove(c.place)
		c.place = nil
	}
}

func (s *connections) forget(c *connection) {
	s.stopWaiting(c)
	delete(s.all, c.Conn)
	if c.address.IsValid() {
		if s.byAddress[c.address]--; s.byAddress[c.address] == 0 {
			delete(s.byAddress, c.address)
		}
	}
	s.count()
}

// acceptFailed makes room if a connection could not be accepted for want of file
// descriptors. The server tries again by itself.
func (s *connections) acceptFailed(err error) {
	if !errors.Is(err, syscall.EMFILE) && !errors.Is(err, syscall.ENFILE) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.noFile.Inc()
	s.warn("out of file descriptors: raise their limit (ulimit -n), or set fewer connections", "err", err)
	s.closeIdlest(netip.Prefix{})
}

func (s *connections) count() {
	s.open.Set(float64(len(s.all)))
	s.idle.Set(float64(s.waiting.Len()))
}

// warn logs, but not each time: a flood of connections makes no flood of lines.
func (s *connections) warn(msg string, keyvals ...any) {
	if now := time.Now(); now.Sub(s.warned) >= warnInterval {
		s.warned = now
		_ = level.Warn(s.logger).Log(append([]any{"msg", msg, "open", len(s.all), "most", s.limit.Max, "most_of_one_address", s.perAddress}, keyvals...)...)
	}
}
