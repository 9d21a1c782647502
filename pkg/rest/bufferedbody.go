package rest

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"time"
)

// The bytes of all bodies that are being received or handled, and those of one
// user or address.
const (
	maxBodyBytes      = 64 << 20
	maxBodyBytesOfOne = maxBodyBytes / 4
)

// firstBuffer is the size of the first buffer for a body, in bytes: most need no
// other one.
const firstBuffer = 4 << 10

// longAgo is a deadline that has passed.
var longAgo = time.Unix(1, 0)

// bufferedBody is a body that is in memory.
type bufferedBody struct{ *bytes.Reader }

// Close does nothing: the server closes the original itself.
func (bufferedBody) Close() error { return nil }

// receive receives the body of a request, which may have so many bytes at most.
// What it takes is reserved until the end of what is returned. Returns
// ErrBodyTooLarge, ErrBodyTooSlow if others need the memory or if the client
// takes too long for it, what transfer.reserve returns, and what readError says
// of a body that did not arrive.
func (l *RequestLimiter) receive(w http.ResponseWriter, r *http.Request, most int64) (*transfer, error) {
	if r.Body == nil || r.Body == http.NoBody || r.Method == http.MethodGet || r.Method == http.MethodHead {
		return nil, nil
	}
	if r.ContentLength > most {
		return nil, bodyTooLarge(most)
	}
	t := &transfer{all: l.bodies, keys: l.transferKeys(r)}
	t.wait(func() { _ = http.NewResponseController(w).SetReadDeadline(longAgo) })
	content, err := t.readAll(r, most)
	if lost := t.settle(); lost != nil {
		return t, lost
	}
	if err != nil {
		return t, err
	}
	r.Body = bufferedBody{bytes.NewReader(content)}
	return t, nil
}

// readAll reads a body to its end, in a buffer that grows with what has arrived.
func (t *transfer) readAll(r *http.Request, most int64) ([]byte, error) {
	limit := most
	if r.ContentLength >= 0 {
		limit = r.ContentLength
	}
	var content []byte
	for {
		if int64(len(content)) == limit {
			return content, atEnd(r, most)
		}
		if len(content) == cap(content) {
			size := min(max(2*int64(cap(content)), firstBuffer), limit)
			if err := t.reserve(size - int64(cap(content))); err != nil {
				return nil, err
			}
			content = append(make([]byte, 0, size), content...)
		}
		n, err := r.Body.Read(content[len(content):cap(content)])
		content = content[:len(content)+n]
		switch {
		case errors.Is(err, io.EOF):
			return content, nil
		case err != nil:
			return nil, readError(r, err)
		}
		if err := t.progress(n); err != nil {
			return nil, err
		}
	}
}

// atEnd returns an error unless a body has ended.
func atEnd(r *http.Request, most int64) error {
	switch n, err := r.Body.Read(make([]byte, 1)); {
	case n > 0:
		return bodyTooLarge(most)
	case err == nil, errors.Is(err, io.EOF):
		return nil
	default:
		return readError(r, err)
	}
}

func bodyTooLarge(most int64) error {
	return ErrBodyTooLarge.WithDetail("At most %d bytes are read.", most)
}
