package rest

import (
	"cmp"
	"net/http"
)

// responseRecorder remembers the status and the size of a response.
type responseRecorder struct {
	http.ResponseWriter
	status int // 0: nothing yet
	bytes  int64
}

func (w *responseRecorder) WriteHeader(status int) {
	w.status = cmp.Or(w.status, status)
	w.ResponseWriter.WriteHeader(status)
}

func (w *responseRecorder) Write(b []byte) (int, error) {
	w.status = cmp.Or(w.status, http.StatusOK)
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

// FlushError is for http.ResponseController: a flush sends the header.
func (w *responseRecorder) FlushError() error {
	err := http.NewResponseController(w.ResponseWriter).Flush()
	if err == nil {
		w.status = cmp.Or(w.status, http.StatusOK)
	}
	return err
}

// Unwrap lets http.ResponseController reach the server's own writer.
func (w *responseRecorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
