package rest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"
)

// WriteJSON answers with a value. Returns an error, and answers nothing, if it
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

// scratch are buffers to write JSON into before its length is known: an answer
// may be kept, and shall not take more than it is long.
var scratch = sync.Pool{New: func() any { return new([]byte) }}

// largestScratch is what a buffer may take that waits for its next use, in bytes.
const largestScratch = 64 << 10

func encode(v any) ([]byte, error) {
	if a, ok := v.(Appender); ok {
		return encodeAppender(a), nil
	}
	var body bytes.Buffer
	enc := json.NewEncoder(&body)
	enc.SetEscapeHTML(false) // nosniff keeps it from being taken for a page
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode answer: %w", err)
	}
	return body.Bytes(), nil
}

func encodeAppender(a Appender) []byte {
	buffer, _ := scratch.Get().(*[]byte)
	b := append(a.AppendJSON((*buffer)[:0]), '\n')
	body := make([]byte, len(b))
	copy(body, b)
	if cap(b) <= largestScratch {
		*buffer = b
		scratch.Put(buffer)
	}
	return body
}

func writeBody(w http.ResponseWriter, mediaType string, status int, body []byte) {
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that went away cannot be told so
}
