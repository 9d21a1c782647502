// Package framing finds requests that say in two ways how long their body is: with
// a Content-Length and with a Transfer-Encoding. A proxy in front may believe the
// other one, and take a part of the body for a request of somebody else (request
// smuggling; RFC 9112, 6.1). net/http drops the Content-Length without a word, so
// the bytes of the connection have to be looked at.
package framing

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
)

// maxLine is as much of a header line as is looked at: the longest of the two
// names, and a length.
const maxLine = 64

// Conn is a connection of HTTP/1 without TLS that a server reads requests from. It
// follows them as far as the first one with a Transfer-Encoding, after which the
// server has to close the connection.
type Conn struct {
	net.Conn

	line      []byte // the beginning of a header line
	inHeader  bool   // there was a line before it
	length    int64  // of the body that the header announces; -1: none
	body      int64  // bytes of a body that are still to come
	encoded   bool   // there was a Transfer-Encoding
	done      bool   // nothing more is looked at
	ambiguous atomic.Bool
}

// Watch returns a connection whose requests are followed.
func Watch(c net.Conn) *Conn { return &Conn{Conn: c, length: -1} }

// Read reads from the connection.
func (c *Conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.follow(p[:n])
	return n, err
}

// follow looks at what was read.
func (c *Conn) follow(p []byte) {
	for len(p) > 0 && !c.done {
		if skip := min(c.body, int64(len(p))); skip > 0 {
			c.body -= skip
			p = p[skip:]
			continue
		}
		end := bytes.IndexByte(p, '\n')
		part := p
		if end >= 0 {
			part = p[:end]
		}
		c.line = append(c.line, part[:min(len(part), maxLine-len(c.line))]...)
		if end < 0 {
			return
		}
		c.endLine()
		p = p[end+1:]
	}
}

// endLine looks at a whole line.
func (c *Conn) endLine() {
	line := bytes.TrimSuffix(c.line, []byte("\r"))
	c.line = c.line[:0]
	if len(line) == 0 {
		if c.inHeader { // before a request, empty lines mean nothing
			c.endHeader()
		}
		return
	}
	c.inHeader = true
	switch name, value, _ := bytes.Cut(line, []byte(":")); {
	case bytes.EqualFold(name, []byte("content-length")):
		if n, err := strconv.ParseInt(string(bytes.TrimSpace(value)), 10, 64); err == nil {
			c.length = n
		} // else the server refuses the request
	case bytes.EqualFold(name, []byte("transfer-encoding")):
		c.encoded = true
	}
}

func (c *Conn) endHeader() {
	if c.encoded {
		c.ambiguous.Store(c.length >= 0)
		c.done = true
		c.line = nil
	}
	c.body = max(c.length, 0)
	c.length, c.inHeader = -1, false
}

type connKey struct{}

// WithConn is for the ConnContext of a http.Server: it returns a context whose
// requests come from a connection.
func WithConn(ctx context.Context, c net.Conn) context.Context {
	if watched, ok := c.(*Conn); ok {
		return context.WithValue(ctx, connKey{}, watched)
	}
	return ctx
}

// Encoded says whether the body of a HTTP/1 request has a Transfer-Encoding, so
// that the connection is to be closed after it.
func Encoded(r *http.Request) bool { return r.ProtoMajor == 1 && len(r.TransferEncoding) > 0 }

// Ambiguous says whether a request has a Content-Length and a Transfer-Encoding.
// It is false for every request of a connection that is not watched.
func Ambiguous(r *http.Request) bool {
	// HTTP/1.0 knows no Transfer-Encoding, and net/http follows the length.
	if !Encoded(r) && r.ProtoAtLeast(1, 1) {
		return false
	}
	c, ok := r.Context().Value(connKey{}).(*Conn)
	return ok && c.ambiguous.Load()
}
