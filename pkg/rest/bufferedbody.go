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

// bufferedBody is a body that is in memory.
type bufferedBody struct{ *bytes.Reader }

// Close does nothing: the server closes the original itself.
func (bufferedBody) Close() error { return nil }

// bufferBody receives the body of a request, unless it is larger than any
// handler accepts, and returns how many bytes it takes, which the caller gives
// back. Returns errs.ErrOverloaded if all bodies together take too much memory,
// and what readError says of a body that did not arrive.
func (l *RequestLimiter) bufferBody(r *http.Request) (size int64, err error) {
	if r.Body == nil || r.Body == http.NoBody || r.ContentLength > MaxBody || r.Method == http.MethodGet || r.Method == http.MethodHead {
		return 0, nil
	}
	source := &countingReader{source: io.LimitReader(r.Body, MaxBody+1), total: &l.bodyBytes}
	content, err := io.ReadAll(source)
	switch {
	case errors.Is(err, errTooManyBodies):
		return source.size, errs.ErrOverloaded.Wrap(err)
	case err != nil:
		return source.size, readError(r, err)
	}
	r.Body = bufferedBody{bytes.NewReader(content)}
	return source.size, nil
}

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
