package gateway

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"sync"

	"todokit/api"
	"todokit/gateway/docs"
	"todokit/pkg/rest"
)

// contract answers with the OpenAPI document.
func contract(w http.ResponseWriter, r *request) error {
	return document(w, r, "application/yaml", []byte(api.OpenAPI))
}

// docsPage answers with the document for people. It is rendered when it is
// first asked for: most processes never are.
func docsPage() handler {
	render := sync.OnceValues(func() (docs.Page, error) { return docs.Render(api.OpenAPI, catalogue()) })
	return func(w http.ResponseWriter, r *request) error {
		page, err := render()
		if err != nil {
			return err
		}
		w.Header().Set("Content-Security-Policy", page.ContentSecurityPolicy)
		return document(w, r, "text/html; charset=utf-8", page.HTML)
	}
}

// document answers with something that only changes with the program.
func document(w http.ResponseWriter, r *request, mediaType string, content []byte) error {
	sum := sha256.Sum256(content)
	tag := `"` + hex.EncodeToString(sum[:16]) + `"`
	known, err := rest.IfNoneMatch(r.Header, tag)
	if err != nil {
		return err
	}
	w.Header().Set("ETag", tag)
	w.Header().Set("Cache-Control", "no-cache")
	if known {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Content-Length", strconv.Itoa(len(content)))
	_, _ = w.Write(content) // a client that went away cannot be told so
	return nil
}
