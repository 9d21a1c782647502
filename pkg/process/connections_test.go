package process_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/go-kit/log"
	"github.com/oklog/run"
	"github.com/prometheus/client_golang/prometheus"

	"todokit/pkg/process"
)

// limited is a server with few connections.
type limited struct {
	t        *testing.T
	listener net.Listener
	registry *prometheus.Registry
	hold     chan struct{} // closed: requests to /hold are answered

	mu  sync.Mutex
	log bytes.Buffer
}

func (s *limited) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.Write(p)
}

func (s *limited) logged(text string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Count(s.log.String(), text)
}

func startLimited(t *testing.T, l net.Listener, most int) *limited {
	t.Helper()
	s := &limited{t: t, listener: l, registry: prometheus.NewRegistry(), hold: make(chan struct{})}
	ctx, stop := context.WithCancel(context.Background())
	var g run.Group
	process.AddActor(&g, func(inner context.Context) error {
		select {
		case <-ctx.Done():
		case <-inner.Done():
		}
		return nil
	})
	process.AddHTTP(&g, process.HTTPServer{
		Name: "test", Listener: l, Timeouts: process.DefaultHTTPTimeouts(), Logger: log.NewLogfmtLogger(s),
		Connections: process.ConnectionLimit{
			Max: most, Registerer: s.registry, Exempt: func(a netip.Addr) bool { return a == netip.MustParseAddr("127.0.0.3") },
		},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/hold" {
				<-s.hold
			}
			fmt.Fprint(w, "ok")
		}),
	})
	done := make(chan error, 1)
	go func() { done <- g.Run() }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return s
}

// conn is a client's connection.
type conn struct {
	net.Conn
	*bufio.Reader
}

func (s *limited) dial(from string) conn {
	s.t.Helper()
	d := net.Dialer{}
	if from != "" {
		d.LocalAddr = &net.TCPAddr{IP: net.ParseIP(from)}
	}
	c, err := d.DialContext(s.t.Context(), s.listener.Addr().Network(), s.listener.Addr().String())
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = c.Close() })
	return conn{c, bufio.NewReader(c)}
}

// ask sends a request, and returns whether it was answered.
func (c conn) ask(path string) bool {
	if _, err := fmt.Fprintf(c.Conn, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path); err != nil {
		return false
	}
	response, err := http.ReadResponse(c.Reader, nil)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return err == nil && response.StatusCode == http.StatusOK
}

// when waits until the server has so many connections, and so many idle ones.
func (s *limited) when(open, idle float64) {
	s.t.Helper()
	for {
		if s.gauge("todokit_http_connections") == open && s.gauge("todokit_http_connections_idle") == idle {
			return
		}
		if s.t.Context().Err() != nil {
			return
		}
	}
}

func (s *limited) gauge(name string) float64 {
	s.t.Helper()
	families, err := s.registry.Gather()
	if err != nil {
		s.t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name {
			return f.GetMetric()[0].GetGauge().GetValue()
		}
	}
	s.t.Fatalf("no %s", name)
	return 0
}

func tcp(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestAddHTTP_TooManyConnections_IdlestIsClosed(t *testing.T) {
	t.Parallel()
	s := startLimited(t, tcp(t), 3)
	var all []conn
	for n := range 3 {
		c := s.dial(fmt.Sprintf("127.0.0.%d", 10+n))
		if n != 1 && !c.ask("/") { // the second one never says anything
			t.Fatal("it is not served")
		}
		s.when(float64(n+1), float64(n+1))
		all = append(all, c)
	}
	if !all[0].ask("/") {
		t.Fatal("it is not served")
	}
	s.when(3, 3) // and the second one is the idlest
	for n, closed := range []conn{all[1], all[2], all[0]} {
		c := s.dial(fmt.Sprintf("127.0.0.%d", 20+n))
		if !c.ask("/") {
			t.Fatal("it is not served")
		}
		s.when(3, 3)
		if _, err := closed.ReadByte(); !errors.Is(err, io.EOF) {
			t.Errorf("connection %d: %v, want it closed", n, err)
		}
	}
	if n := s.logged("level=warn"); n != 1 {
		t.Errorf("%d warnings, want one: %s", n, s.log.String())
	}
}

func TestAddHTTP_AllConnectionsWithRequests_NewOneIsRefused(t *testing.T) {
	t.Parallel()
	s := startLimited(t, tcp(t), 2)
	answered := make(chan bool)
	for range 2 {
		c := s.dial("")
		go func() { answered <- c.ask("/hold") }()
	}
	s.when(2, 0)
	if s.dial("").ask("/") {
		t.Error("one more is served")
	}
	close(s.hold)
	for range 2 {
		if !<-answered {
			t.Error("one of those that were there was cut off")
		}
	}
	if s.logged("refused") != 1 {
		t.Errorf("the log: %s", s.log.String())
	}
	s.when(2, 2)
	if !s.dial("").ask("/") {
		t.Error("there is room, but it is not used")
	}
}

func TestAddHTTP_OneAddress_HasAQuarterOfTheConnections(t *testing.T) {
	t.Parallel()
	const most, share = 40, 10
	for name, tt := range map[string]struct {
		from string
		want float64
	}{"a client": {"127.0.0.2", share}, "a proxy": {"127.0.0.3", 15}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startLimited(t, tcp(t), most)
			other := s.dial("127.0.0.4")
			if !other.ask("/") {
				t.Fatal("it is not served")
			}
			for n := range 15 {
				if !s.dial(tt.from).ask("/") {
					t.Fatal("it is not served")
				}
				s.when(1+min(float64(n+1), tt.want), 1+min(float64(n+1), tt.want))
			}
			if !other.ask("/") {
				t.Error("another address was closed")
			}
		})
	}
}

func TestAddHTTP_UnixSocket_NoShare(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "") // that of the test may be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	l, err := net.Listen("unix", filepath.Join(dir, "s"))
	if err != nil {
		t.Fatal(err)
	}
	s := startLimited(t, l, 40)
	for n := range 30 {
		if !s.dial("").ask("/") {
			t.Fatal("it is not served")
		}
		s.when(float64(n+1), float64(n+1))
	}
}
