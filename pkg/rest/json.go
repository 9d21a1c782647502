package rest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

// WriteJSON answers with a value. Returns an error, and answers nothing, if it
// cannot be encoded.
func WriteJSON(w http.ResponseWriter, status int, v any) error {
	return write(w, "application/json", status, v)
}

// write encodes first, so that a failure can still become a problem.
func write(w http.ResponseWriter, mediaType string, status int, v any) error {
	var body bytes.Buffer
	enc := json.NewEncoder(&body)
	enc.SetEscapeHTML(false) // nosniff keeps it from being taken for a page
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Content-Length", strconv.Itoa(body.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // a client that went away cannot be told so
	return nil
}
