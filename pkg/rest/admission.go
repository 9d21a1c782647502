package rest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"todokit/pkg/errs"
	"todokit/pkg/loadshed"
)

// maxBodies bounds what all bodies that are being received or worked on take
// together, in bytes.
const maxBodies = 64 << 20

// Work bounds the work of requests: how many are in work at a time, and for
// how long. A request becomes work when it has arrived, and ceases to be when
// its answer begins to leave, because how fast a client sends and reads must
// be no matter to the others.
type Work struct {
	// Timeout is for a request's work, from its arrival on; the context of
	// handlers carries it to whatever they call. 0: no limit.
	Timeout time.Duration

	bodies atomic.Int64 // bytes in memory
}

// Through puts a gate before a handler. Returns errs.ErrOverloaded where the
// gate lets nobody in: before the body is read if that is known by then.
func (k *Work) Through(gate *loadshed.Limiter, h Handler) Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := gate.Saturated(); err != nil {
			return err
		}
		body, err := k.receive(r)
		defer k.bodies.Add(-body.size)
		if err != nil {
			return err
		}
		if body.reader != nil {
			r.Body = body
		}
		ctx, cancel := k.deadline(r.Context())
		defer cancel()
		if err := gate.Enter(ctx); err != nil {
			return err
		}
		leave := sync.OnceFunc(gate.Leave)
		defer leave()
		return h(OnAnswer(w, leave), r.WithContext(ctx))
	}
}

func (k *Work) deadline(ctx context.Context) (context.Context, context.CancelFunc) {
	if k.Timeout <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, k.Timeout)
}

// arrived is a body that is in memory, as far as it could be read. Reading it
// ends as reading the original did.
type arrived struct {
	reader *bytes.Reader // nil: nothing was read
	end    error
	size   int64
}

// receive reads a body of a size that a handler would accept. Returns
// errs.ErrOverloaded if there are too many of them.
func (k *Work) receive(r *http.Request) (*arrived, error) {
	if r.Body == nil || r.Body == http.NoBody || r.ContentLength > MaxBody || r.Method == http.MethodGet || r.Method == http.MethodHead {
		return &arrived{}, nil
	}
	source := &metered{source: io.LimitReader(r.Body, MaxBody+1), all: &k.bodies}
	content, err := io.ReadAll(source)
	body := &arrived{reader: bytes.NewReader(content), end: err, size: source.size}
	if errors.Is(err, errTooManyBodies) {
		return body, errs.ErrOverloaded.Wrap(err)
	}
	return body, nil
}

// Read is part of io.Reader.
func (a *arrived) Read(p []byte) (int, error) {
	n, err := a.reader.Read(p)
	if errors.Is(err, io.EOF) && a.end != nil {
		err = a.end
	}
	return n, err
}

// Close is part of io.ReadCloser. The server closes the original itself.
func (a *arrived) Close() error { return nil }

var errTooManyBodies = errors.New("the bodies of all requests take too much memory")

// metered counts what it reads among all that is in memory.
type metered struct {
	source io.Reader
	all    *atomic.Int64
	size   int64
}

// Read is part of io.Reader.
func (m *metered) Read(p []byte) (int, error) {
	n, err := m.source.Read(p)
	m.size += int64(n)
	if m.all.Add(int64(n)) > maxBodies {
		return n, errTooManyBodies
	}
	return n, err
}

// OnAnswer returns w, but for that it calls do before anything of the answer
// leaves.
func OnAnswer(w http.ResponseWriter, do func()) http.ResponseWriter {
	return &announcing{ResponseWriter: w, do: do}
}

type announcing struct {
	http.ResponseWriter
	do func()
}

// WriteHeader is part of http.ResponseWriter.
func (a *announcing) WriteHeader(status int) {
	a.do()
	a.ResponseWriter.WriteHeader(status)
}

// Write is part of http.ResponseWriter.
func (a *announcing) Write(b []byte) (int, error) {
	a.do()
	return a.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the server's own writer.
func (a *announcing) Unwrap() http.ResponseWriter { return a.ResponseWriter }
