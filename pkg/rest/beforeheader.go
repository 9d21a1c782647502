package rest

import "net/http"

// BeforeHeader returns a writer that calls hook once, before anything of the
// response is sent.
func BeforeHeader(w http.ResponseWriter, hook func()) http.ResponseWriter {
	return &headerHookWriter{ResponseWriter: w, hook: hook}
}

type headerHookWriter struct {
	http.ResponseWriter
	hook func() // nil: it has been called
}

func (w *headerHookWriter) callHook() {
	if hook := w.hook; hook != nil {
		w.hook = nil
		hook()
	}
}

func (w *headerHookWriter) WriteHeader(status int) {
	w.callHook()
	w.ResponseWriter.WriteHeader(status)
}

func (w *headerHookWriter) Write(b []byte) (int, error) {
	w.callHook()
	return w.ResponseWriter.Write(b)
}

// FlushError is for http.ResponseController: a flush sends the header.
func (w *headerHookWriter) FlushError() error {
	w.callHook()
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// Unwrap lets http.ResponseController reach the server's own writer.
func (w *headerHookWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
