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
	body, err := encode(v)
	if err != nil {
		return err
	}
	send(w, mediaType, status, body)
	return nil
}

func encode(v any) ([]byte, error) {
	var body bytes.Buffer
	enc := json.NewEncoder(&body)
	enc.SetEscapeHTML(false) // nosniff keeps it from being taken for a page
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode answer: %w", err)
	}
	return body.Bytes(), nil
}

func send(w http.ResponseWriter, mediaType string, status int, body []byte) {
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that went away cannot be told so
}
