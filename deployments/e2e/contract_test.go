package e2e_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// contractFile is what clients are promised.
const contractFile = "../../api/openapi.yaml"

// contract holds exchanges against api/openapi.yaml.
type contract struct {
	doc    *openapi3.T
	router routers.Router
}

func loadContract(t *testing.T) *contract {
	t.Helper()
	text, err := os.ReadFile(contractFile)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		t.Fatal(err)
	}
	doc.Servers = nil // whatever port the gateway has here
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	return &contract{doc: doc, router: router}
}

// check says what breaks the contract in one exchange. A request that is wrong
// on purpose is not an error of the contract, a wrong response is.
func (c *contract) check(req *http.Request, body []byte, wrong bool, a response) error {
	route, params, err := c.router.FindRoute(req)
	if err != nil {
		if a.status < http.StatusBadRequest {
			return err // answered, but not in the contract
		}
		return c.checkProblem(a)
	}
	input := &openapi3filter.RequestValidationInput{
		Request: req, PathParams: params, Route: route,
		Options: &openapi3filter.Options{
			AuthenticationFunc:                openapi3filter.NoopAuthenticationFunc,
			IncludeResponseStatus:             true,
			RejectWhenRequestBodyNotSpecified: true,
			SkipSettingDefaults:               true,
		},
	}
	if !wrong {
		req.Body = io.NopCloser(bytes.NewReader(body))
		if err := openapi3filter.ValidateRequest(req.Context(), input); err != nil {
			return errors.Join(errors.New("the request breaks the contract"), err)
		}
	}
	if a.status >= http.StatusBadRequest {
		if err := c.checkProblem(a); err != nil {
			return err
		}
	}
	response := (&openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: a.status, Header: a.header, Options: input.Options,
	}).SetBodyBytes(a.body)
	if err := openapi3filter.ValidateResponse(req.Context(), response); err != nil {
		return errors.Join(errors.New("the answer breaks the contract"), err)
	}
	return nil
}

// checkProblem validates an error response by the Problem of the contract.
func (c *contract) checkProblem(a response) error {
	if kind, _, _ := mime.ParseMediaType(a.header.Get("Content-Type")); kind != "application/problem+json" {
		return errors.New("an error that is no problem+json, but " + a.header.Get("Content-Type"))
	}
	var value any
	if err := json.Unmarshal(a.body, &value); err != nil {
		return err
	}
	schema := c.doc.Components.Schemas["Problem"].Value
	return schema.VisitJSON(value, openapi3.EnableJSONSchema2020(), openapi3.MultiErrors())
}
