package rest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"
)

// WriteJSON responds with a value. Returns an error, and sends nothing, if it
// cannot be encoded.
func WriteJSON(w http.ResponseWriter, status int, v any) error {
	return write(w, "application/json", status, v)
}

// write encodes first, so that a failure can still become a problem.
func write(w http.ResponseWriter, mediaType string, status int, v any) error {
	body, err := encode(v)
	if err != nil {
		return err
	}
	writeBody(w, mediaType, status, body)
	return nil
}

// bufferPool has buffers to write JSON into while its length is not known. The
// result is a copy of exactly that length, since it may stay in a cache.
var bufferPool = sync.Pool{New: func() any { return new([]byte) }}

// maxPooledBuffer is the size of the largest buffer that is used again, in bytes.
const maxPooledBuffer = 64 << 10

func encode(v any) ([]byte, error) {
	if a, ok := v.(Appender); ok {
		return encodeAppender(a), nil
	}
	var body bytes.Buffer
	enc := json.NewEncoder(&body)
	enc.SetEscapeHTML(false) // nosniff keeps browsers from reading it as HTML
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode response: %w", err)
	}
	return body.Bytes(), nil
}

func encodeAppender(a Appender) []byte {
	buffer, _ := bufferPool.Get().(*[]byte)
	b := append(a.AppendJSON((*buffer)[:0]), '\n')
	body := make([]byte, len(b))
	copy(body, b)
	if cap(b) <= maxPooledBuffer {
		*buffer = b
		bufferPool.Put(buffer)
	}
	return body
}

func writeBody(w http.ResponseWriter, mediaType string, status int, body []byte) {
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that went away cannot be told so
}
