package process

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/oklog/run"

	"todokit/pkg/config"
	"todokit/pkg/framing"
)

// maxHeader bounds the header of a request, in bytes.
const maxHeader = 32 << 10

// HTTPTimeouts bound how long a slow client may hold a connection.
type HTTPTimeouts struct {
	Header time.Duration `config:"header" usage:"longest time for a request's header to arrive"`
	Body   time.Duration `config:"body" usage:"longest time for a whole request to arrive"`
	Answer time.Duration `config:"answer" usage:"longest time from the header to the end of the answer; 0s: no limit"`
	Idle   time.Duration `config:"idle" usage:"longest time that a connection may wait for its next request"`
}

// DefaultHTTPTimeouts are enough for a mobile network. Responses are not bounded.
func DefaultHTTPTimeouts() HTTPTimeouts {
	return HTTPTimeouts{Header: 5 * time.Second, Body: 30 * time.Second, Idle: 2 * time.Minute}
}

// Validate names the keys that are wrong.
func (c HTTPTimeouts) Validate() error {
	switch {
	case c.Header <= 0:
		return config.Invalid("header", "must be more than nothing")
	case c.Body < c.Header:
		return config.Invalid("body", "must be at least the header's time")
	case c.Answer != 0 && c.Answer < c.Body:
		return config.Invalid("answer", "must be 0s, or at least the body's time")
	case c.Idle <= 0:
		return config.Invalid("idle", "must be more than nothing")
	}
	return nil
}

// HTTPServer is what AddHTTP serves.
type HTTPServer struct {
	Name     string // in the log
	Listener net.Listener
	TLS      *tls.Config // nil: none
	Handler  http.Handler
	Timeouts HTTPTimeouts
	// Connections bounds those that are open. The zero value is a sensible bound.
	Connections ConnectionLimit
	// Notice is how long the server goes on, when the process stops, to take
	// requests and to ask each client to use another connection.
	Notice time.Duration
	Logger log.Logger
}

// AddHTTP serves HTTP, and HTTP/2 over TLS. When the process stops, the server
// goes on for its notice, stops to accept, and finishes the requests in flight.
func AddHTTP(g *run.Group, h HTTPServer) {
	graceful := newGracefulListener(h)
	s := &http.Server{
		Handler:           graceful,
		ConnState:         graceful.connState,
		ConnContext:       framing.WithConn,
		TLSConfig:         h.TLS,
		ReadHeaderTimeout: h.Timeouts.Header,
		ReadTimeout:       h.Timeouts.Body,
		WriteTimeout:      h.Timeouts.Answer,
		IdleTimeout:       h.Timeouts.Idle,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          stdLogger(h.Logger, h.Name),
	}
	g.Add(func() error {
		defer close(graceful.serveEnded)
		level.Info(h.Logger).Log("msg", "listening", "server", h.Name, "addr", h.Listener.Addr())
		serve := s.Serve
		if h.TLS != nil {
			serve = func(l net.Listener) error { return s.ServeTLS(l, "", "") } // and HTTP/2
		}
		if err := serve(graceful); !errors.Is(err, http.ErrServerClosed) && !graceful.draining.Load() {
			return err
		}
		return nil
	}, func(error) {
		graceful.drain(h.Notice)
		ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			level.Warn(h.Logger).Log("msg", "requests were cut off", "server", h.Name, "err", err)
			_ = s.Close()
		}
	})
}
