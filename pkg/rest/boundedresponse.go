package rest

import (
	"net/http"
	"slices"
)

// The bytes of all responses that are in work or being sent, and those for one
// user or address. Only an eighth of them can be reserved for whole pages.
const (
	maxResponseBytes      = 64 << 20
	maxResponseBytesOfOne = maxResponseBytes / 4
)

// responseChunk is how much of a response is written at a time, in bytes. What is
// not larger fits into the buffers of the connection.
const responseChunk = 32 << 10

// boundedResponse accounts for the memory of a response until it has been sent.
type boundedResponse struct {
	http.ResponseWriter
	transfer transfer
}

// Write reserves the memory, in the place of what was reserved before, and sends.
// When others need the memory and the client is the slowest one, the connection
// is closed.
func (w *boundedResponse) Write(b []byte) (sent int, err error) {
	if w.transfer.size == 0 && len(b) <= responseChunk {
		return w.ResponseWriter.Write(b)
	}
	w.transfer.resize(int64(len(b)))
	w.transfer.wait(func() { _ = http.NewResponseController(w.ResponseWriter).SetWriteDeadline(longAgo) })
	defer func() { _ = w.transfer.settle() }()
	for chunk := range slices.Chunk(b, responseChunk) {
		n, err := w.ResponseWriter.Write(chunk)
		sent += n
		if err != nil {
			return sent, err
		}
		_ = w.transfer.progress(n) // after it was given up, the next write fails
	}
	return sent, nil
}

// Unwrap lets http.ResponseController reach the server's own writer.
func (w *boundedResponse) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *boundedResponse) end() { w.transfer.end() }

// ReservePage reserves memory for a response before what it shows is read: full
// bytes, or few if many are in work already, so that its page must be a shorter
// one. Returns how many bytes the page may have, or errs.ErrTooManyAtOnce or
// errs.ErrOverloaded. The writer is one that comes from a RequestLimiter; with
// any other, nothing is bounded.
func ReservePage(w http.ResponseWriter, full, few int64) (int64, error) {
	for {
		switch wrapper := w.(type) {
		case *boundedResponse:
			return wrapper.transfer.reserveAtMost(full, few)
		case interface{ Unwrap() http.ResponseWriter }:
			w = wrapper.Unwrap()
		default:
			return full, nil
		}
	}
}
