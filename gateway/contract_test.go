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

// checkContract demands that an answer is one of the contract, and that what
// was accepted is a request of the contract.
func checkContract(t *testing.T, a ask, answer *httptest.ResponseRecorder) {
	t.Helper()
	checkAnswer(t, a.request(), answer)
}

// checkAnswer takes a request whose body has not been read.
func checkAnswer(t *testing.T, r *http.Request, answer *httptest.ResponseRecorder) {
	t.Helper()
	doc, err := contract()
	if err != nil {
		t.Fatal(err)
	}
	if answer.Code >= 400 && answer.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("%s %s: %d is no problem+json", r.Method, r.URL, answer.Code)
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
	if answer.Code < 400 {
		if err := openapi3filter.ValidateRequest(t.Context(), input); err != nil {
			t.Errorf("%s %s was accepted: %v", r.Method, r.URL, err)
		}
	}
	err = openapi3filter.ValidateResponse(context.WithoutCancel(t.Context()), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input,
		Status:                 answer.Code,
		Header:                 answer.Header(),
		Body:                   io.NopCloser(strings.NewReader(answer.Body.String())),
		Options:                input.Options,
	})
	if err != nil {
		t.Errorf("%s %s: answer %d: %v", r.Method, r.URL, answer.Code, err)
	}
}

func TestRoutesAndContractAgree(t *testing.T) {
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

func TestEveryRouteListsItsMethods(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for template, methods := range gateway.Routes() {
		path := strings.ReplaceAll(template, "{id}", "01KAP3C8N2P4Q6R8S0T2V4W6X8")
		answer := w.do(t, ask{method: http.MethodOptions, path: path})
		if answer.Code != 204 {
			t.Errorf("OPTIONS %s: %d", path, answer.Code)
		}
		refused := w.do(t, ask{method: "BREW", path: path})
		if refused.Code != 405 || refused.Header().Get("Allow") != answer.Header().Get("Allow") {
			t.Errorf("BREW %s: %d, Allow = %q", path, refused.Code, refused.Header().Get("Allow"))
		}
		for _, m := range methods {
			if !strings.Contains(answer.Header().Get("Allow"), m) {
				t.Errorf("OPTIONS %s: Allow = %q lacks %s", path, answer.Header().Get("Allow"), m)
			}
		}
	}
}

func TestEveryExampleObeysItsSchema(t *testing.T) {
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
