package gateway_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"todokit/api"
	"todokit/gateway"
)

// document is the contract, checked and ready to check others.
type document struct {
	*openapi3.T
	routers.Router
}

var contract = sync.OnceValues(func() (document, error) {
	loader := openapi3.NewLoader()
	doc, err := loader.LoadFromData([]byte(api.OpenAPI))
	if err != nil {
		return document{}, err
	}
	if err := doc.Validate(loader.Context); err != nil {
		return document{}, err
	}
	router, err := gorillamux.NewRouter(doc)
	openapi3filter.RegisterBodyDecoder("text/html", openapi3filter.PlainBodyDecoder)
	return document{doc, router}, err
})

// checkContract demands that a response is one of the contract, and that what
// was accepted is a request of the contract.
func checkContract(t *testing.T, r req, w *httptest.ResponseRecorder) {
	t.Helper()
	checkResponse(t, r.request(), w)
}

// checkResponse takes a request whose body has not been read.
func checkResponse(t *testing.T, r *http.Request, w *httptest.ResponseRecorder) {
	t.Helper()
	doc, err := contract()
	if err != nil {
		t.Fatal(err)
	}
	if w.Code >= 400 && w.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("%s %s: %d is no problem+json", r.Method, r.URL, w.Code)
	}
	route, params, err := doc.FindRoute(r)
	if err != nil { // HEAD, OPTIONS, and what does not exist
		return
	}
	input := &openapi3filter.RequestValidationInput{
		Request: r, PathParams: params, Route: route,
		Options: &openapi3filter.Options{
			AuthenticationFunc:    openapi3filter.NoopAuthenticationFunc,
			IncludeResponseStatus: true,
		},
	}
	if w.Code < 400 {
		if err := openapi3filter.ValidateRequest(t.Context(), input); err != nil {
			t.Errorf("%s %s was accepted: %v", r.Method, r.URL, err)
		}
	}
	err = openapi3filter.ValidateResponse(context.WithoutCancel(t.Context()), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input,
		Status:                 w.Code,
		Header:                 w.Header(),
		Body:                   io.NopCloser(strings.NewReader(w.Body.String())),
		Options:                input.Options,
	})
	if err != nil {
		t.Errorf("%s %s: response %d: %v", r.Method, r.URL, w.Code, err)
	}
}

func TestRoutes_Table_AgreesWithContract(t *testing.T) {
	t.Parallel()
	doc, err := contract()
	if err != nil {
		t.Fatal(err)
	}
	routes := gateway.Routes()
	for template, methods := range routes {
		path := doc.Paths.Value(template)
		if path == nil {
			t.Errorf("the contract lacks %s", template)
			continue
		}
		var described []string
		for method := range path.Operations() {
			described = append(described, method)
		}
		slices.Sort(described)
		if !slices.Equal(methods, described) {
			t.Errorf("%s: the gateway has %v, the contract %v", template, methods, described)
		}
	}
	for path := range doc.Paths.Map() {
		if routes[path] == nil {
			t.Errorf("the gateway lacks %s", path)
		}
	}
}

func TestRoutes_Options_ListsMethods(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for template, methods := range gateway.Routes() {
		path := strings.ReplaceAll(template, "{id}", "01KAP3C8N2P4Q6R8S0T2V4W6X8")
		w := f.do(t, req{method: http.MethodOptions, path: path})
		if w.Code != 204 {
			t.Errorf("OPTIONS %s: %d", path, w.Code)
		}
		refused := f.do(t, req{method: "BREW", path: path})
		if refused.Code != 405 || refused.Header().Get("Allow") != w.Header().Get("Allow") {
			t.Errorf("BREW %s: %d, Allow = %q", path, refused.Code, refused.Header().Get("Allow"))
		}
		for _, m := range methods {
			if !strings.Contains(w.Header().Get("Allow"), m) {
				t.Errorf("OPTIONS %s: Allow = %q lacks %s", path, w.Header().Get("Allow"), m)
			}
		}
	}
}

func TestContract_Examples_ObeyTheirSchemas(t *testing.T) {
	t.Parallel()
	doc, err := contract()
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context(), openapi3.EnableExamplesValidation()); err != nil {
		t.Error(err)
	}
	ids := map[string]bool{}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			if op.OperationID == "" || ids[op.OperationID] {
				t.Errorf("%s %s: operationId %q is missing or taken", method, path, op.OperationID)
			}
			ids[op.OperationID] = true
		}
	}
}
