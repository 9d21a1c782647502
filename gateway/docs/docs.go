// Package docs turns the OpenAPI document into a page for people. The page is
// one HTML document without scripts, which fetches nothing: it works on a
// machine without a network, and a strict Content-Security-Policy holds.
//
// It understands what our own document uses of OpenAPI, not all of it.
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

// Page is a page with the policy to serve it under.
type Page struct {
	HTML                  []byte
	ContentSecurityPolicy string
}

// errorCode is one line of the table of error codes, which the type of each
// problem points to.
type errorCode struct {
	Code    string
	Status  int
	Meaning string
}

// Render makes the page of a document and the errors that the service returns.
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
		"Style":   template.CSS(styleCSS), //nolint:gosec // it is ours
		"Info":    overview(root),
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

// errorCodes leaves out codes that several services share.
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
