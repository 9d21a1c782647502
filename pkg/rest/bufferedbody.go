package rest

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"sync/atomic"

	"todokit/pkg/errs"
)

// maxBodyBytes bounds the memory of all bodies that are being received or handled.
const maxBodyBytes = 64 << 20

// bufferedBody is a body in memory, as far as it could be received. Reading it
// ends with the error with which reading the original ended.
type bufferedBody struct {
	reader *bytes.Reader // nil: nothing was read
	err    error
	size   int64
}

// bufferBody receives a body, unless it is larger than any handler accepts.
// Returns errs.ErrOverloaded if all bodies together take too much memory.
func (l *RequestLimiter) bufferBody(r *http.Request) (*bufferedBody, error) {
	if r.Body == nil || r.Body == http.NoBody || r.ContentLength > MaxBody || r.Method == http.MethodGet || r.Method == http.MethodHead {
		return &bufferedBody{}, nil
	}
	source := &countingReader{source: io.LimitReader(r.Body, MaxBody+1), total: &l.bodyBytes}
	content, err := io.ReadAll(source)
	body := &bufferedBody{reader: bytes.NewReader(content), err: err, size: source.size}
	if errors.Is(err, errTooManyBodies) {
		return body, errs.ErrOverloaded.Wrap(err)
	}
	return body, nil
}

func (b *bufferedBody) Read(p []byte) (int, error) {
	n, err := b.reader.Read(p)
	if errors.Is(err, io.EOF) && b.err != nil {
		err = b.err
	}
	return n, err
}

// Close does nothing: the server closes the original itself.
func (b *bufferedBody) Close() error { return nil }

var errTooManyBodies = errors.New("the bodies of all requests take too much memory")

// countingReader adds what it reads to a total, and fails when that is too much.
type countingReader struct {
	source io.Reader
	total  *atomic.Int64
	size   int64 // of what it has read itself
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.source.Read(p)
	c.size += int64(n)
	if c.total.Add(int64(n)) > maxBodyBytes {
		return n, errTooManyBodies
	}
	return n, err
}
