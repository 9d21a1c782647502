package main

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// wires are connections to a server, of which each request takes one. They do
// what the pacer needs of a client and no more: net/http's took a seventh of a
// machine with two cores at the rates that are measured, and so measured itself.
type wires struct {
	address string // "127.0.0.1:8080"

	mu   sync.Mutex
	idle []*wire
}

// wire is a connection, with what was read ahead.
type wire struct {
	net.Conn

	in  *bufio.Reader
	out []byte
}

// ask sends a request, and reads its answer to the end.
func (w *wires) ask(ctx context.Context, l line) (status int, err error) {
	c, err := w.take(ctx)
	if err != nil {
		return 0, err
	}
	status, last, err := c.ask(w.address, l)
	if err != nil || last {
		_ = c.Close()
		return status, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.idle = append(w.idle, c)
	return status, nil
}

// take prefers the connection that was used last, as net/http's client does. It
// returns none when ctx has ended.
func (w *wires) take(ctx context.Context) (*wire, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	w.mu.Lock()
	if n := len(w.idle); n > 0 {
		c := w.idle[n-1]
		w.idle = w.idle[:n-1]
		w.mu.Unlock()
		return c, nil
	}
	w.mu.Unlock()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", w.address)
	if err != nil {
		return nil, err
	}
	return &wire{Conn: conn, in: bufio.NewReader(conn)}, nil
}

// close closes the connections that nobody uses.
func (w *wires) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.idle {
		_ = c.Close()
	}
	w.idle = nil
}

// ask also says whether the server will take no more requests here.
func (c *wire) ask(host string, l line) (status int, last bool, err error) {
	if err = c.SetDeadline(time.Now().Add(slowest)); err != nil {
		return 0, true, err
	}
	c.out = l.appendRequest(c.out[:0], host)
	if _, err = c.Write(c.out); err != nil {
		return 0, true, err
	}
	resp, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return 0, true, err
	}
	defer func() { _ = resp.Body.Close() }()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, resp.Close, err
}

// appendRequest appends a request as it travels.
func (l line) appendRequest(b []byte, host string) []byte {
	b = append(append(append(append(b, l.method...), ' '), l.path...), " HTTP/1.1\r\nHost: "...)
	b = append(append(b, host...), "\r\n"...)
	if l.token != "" {
		b = append(append(append(b, "Authorization: Bearer "...), l.token...), "\r\n"...)
	}
	if l.body != "" {
		b = append(strconv.AppendInt(append(b, "Content-Type: application/json\r\nContent-Length: "...), int64(len(l.body)), 10), "\r\n"...)
	}
	return append(append(b, "\r\n"...), l.body...)
}
