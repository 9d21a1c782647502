// Package docs renders the OpenAPI document as a page to read: one HTML document
// without scripts that loads nothing else, so that it works without a network
// and under a strict Content-Security-Policy.
//
// It supports the part of OpenAPI that our own document uses.
package docs

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // for the template and its style
	"encoding/base64"
	"fmt"
	"html/template"

	"todokit/pkg/errs"
	"todokit/pkg/rest"
)

var (
	//go:embed page.html
	pageHTML string
	//go:embed style.css
	styleCSS string
)

// Page is an HTML page and the Content-Security-Policy to serve it with.
type Page struct {
	HTML                  []byte
	ContentSecurityPolicy string
}

// errorCode is one row of the table of error codes, to which the type of each
// problem refers.
type errorCode struct {
	Code    string
	Status  int
	Meaning string
}

// Render renders a document, and a table of the errors in a catalogue. Returns an
// error for a document that cannot be parsed.
func Render(document string, catalogue []*errs.Error) (Page, error) {
	root, err := parse(document)
	if err != nil {
		return Page{}, err
	}
	page, err := template.New("page").Parse(pageHTML)
	if err != nil {
		return Page{}, fmt.Errorf("parse page: %w", err)
	}
	var out bytes.Buffer
	err = page.Execute(&out, map[string]any{
		"Style":   template.CSS(styleCSS), //nolint:gosec // it is a file of this package
		"Info":    newInfo(root),
		"Groups":  groups(root),
		"Schemas": schemas(root),
		"Errors":  errorCodes(catalogue),
	})
	if err != nil {
		return Page{}, fmt.Errorf("render page: %w", err)
	}
	style := sha256.Sum256([]byte(styleCSS))
	return Page{
		HTML: out.Bytes(),
		ContentSecurityPolicy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(style[:]) +
			"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
	}, nil
}

// errorCodes lists each code once: several services share some.
func errorCodes(catalogue []*errs.Error) []errorCode {
	var all []errorCode
	seen := map[string]bool{}
	for _, e := range catalogue {
		if !seen[e.Code] {
			seen[e.Code] = true
			all = append(all, errorCode{Code: e.Code, Status: rest.Status(e.Kind), Meaning: e.Message})
		}
	}
	return all
}
