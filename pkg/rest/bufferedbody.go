package rest

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"sync/atomic"

	"todokit/pkg/errs"
)

// maxBodyBytes bounds what all bodies that are being received or worked on take
// together.
const maxBodyBytes = 64 << 20

// bufferedBody is a body that is in memory, as far as it could be read. Reading
// it ends as reading the original did.
type bufferedBody struct {
	reader *bytes.Reader // nil: nothing was read
	err    error         // at the end
	size   int64
}

// bufferBody reads a body of a size that a handler would accept. Returns
// errs.ErrOverloaded if all bodies together take too much memory.
func (k *RequestLimiter) bufferBody(r *http.Request) (*bufferedBody, error) {
	if r.Body == nil || r.Body == http.NoBody || r.ContentLength > MaxBody || r.Method == http.MethodGet || r.Method == http.MethodHead {
		return &bufferedBody{}, nil
	}
	source := &bodyMeter{source: io.LimitReader(r.Body, MaxBody+1), all: &k.bodyBytes}
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

// bodyMeter counts what it reads, among all that is in memory.
type bodyMeter struct {
	source io.Reader
	all    *atomic.Int64
	size   int64
}

func (m *bodyMeter) Read(p []byte) (int, error) {
	n, err := m.source.Read(p)
	m.size += int64(n)
	if m.all.Add(int64(n)) > maxBodyBytes {
		return n, errTooManyBodies
	}
	return n, err
}
