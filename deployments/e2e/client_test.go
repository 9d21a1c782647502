package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// client talks REST to a system, as one device of one user, or as nobody.
type client struct {
	*system
	name, password string
	grant          grant // zero for nobody
}

// response is what came back.
type response struct {
	status int
	header http.Header
	body   []byte
}

// asked is a request that is being made.
type requestOptions struct {
	header http.Header
	body   []byte
	wrong  bool
}

type option func(*requestOptions)

// with sets a header; an empty value removes it.
func with(key, value string) option {
	return func(r *requestOptions) {
		if r.header.Set(key, value); value == "" {
			r.header.Del(key)
		}
	}
}

// wrong says that the request breaks the contract on purpose.
func wrong() option { return func(r *requestOptions) { r.wrong = true } }

// raw sends a body as it is.
func raw(body string) option { return func(r *requestOptions) { r.body = []byte(body) } }

// do makes a request and returns the response, which keeps the contract.
func (c *client) do(t *testing.T, method, path string, body any, options ...option) response {
	t.Helper()
	a, err := c.try(t, method, path, body, options...)
	if err != nil {
		t.Fatalf("%s %s: %v\n%d %s", method, path, err, a.status, a.body)
	}
	return a
}

// try is do for a system that may be gone.
func (c *client) try(t *testing.T, method, path string, body any, options ...option) (response, error) {
	t.Helper()
	r := requestOptions{header: http.Header{}}
	if c.grant.AccessToken != "" {
		r.header.Set("Authorization", "Bearer "+c.grant.AccessToken)
	}
	if body != nil {
		r.header.Set("Content-Type", "application/json")
		if method == http.MethodPatch {
			r.header.Set("Content-Type", "application/merge-patch+json")
		}
		r.body, _ = json.Marshal(body) // nothing in these tests refuses it
	}
	for _, o := range options {
		o(&r)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, c.url()+path, bytes.NewReader(r.body))
	if err != nil {
		return response{}, err
	}
	req.Header = r.header
	resp, err := c.http.Do(req)
	if err != nil {
		return response{}, err
	}
	defer resp.Body.Close()
	a := response{status: resp.StatusCode, header: resp.Header}
	if a.body, err = io.ReadAll(resp.Body); err != nil {
		return a, err
	}
	return a, c.contract.check(req, r.body, r.wrong, a)
}

// want requires a status.
func (a response) want(t *testing.T, status int) response {
	t.Helper()
	if a.status != status {
		t.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	return a
}

// wantProblem requires an error with its code, and that it names the fields.
func (a response) wantProblem(t *testing.T, status int, code string, fields ...string) problemBody {
	t.Helper()
	p := decode[problemBody](t, a.want(t, status))
	if p.Code != code {
		t.Errorf("code %q, want %q: %s", p.Code, code, a.body)
	}
	if p.Status != status {
		t.Errorf("the body's status is %d, the answer's %d", p.Status, status)
	}
	if id := a.header.Get("X-Request-Id"); p.RequestID == "" || p.RequestID != id {
		t.Errorf("request_id %q, X-Request-Id %q", p.RequestID, id)
	}
	named := map[string]bool{}
	for _, f := range p.Errors {
		named[f.Field] = true
	}
	for _, f := range fields {
		if !named[f] {
			t.Errorf("the errors do not name %q: %s", f, a.body)
		}
	}
	return p
}

// decode reads a body, in which nothing may be that is not known here.
func decode[T any](t *testing.T, a response) T {
	t.Helper()
	v, err := parse[T](a)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// parse is decode for where a test cannot be ended.
func parse[T any](a response) (T, error) {
	var v T
	d := json.NewDecoder(bytes.NewReader(a.body))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		return v, fmt.Errorf("%w: %s", err, a.body)
	}
	return v, nil
}

// getPage asks for what is not in the contract: a page of an admin port.
func getPage(t *testing.T, url string) (int, string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		return 0, "", err
	}
	resp, err := (&http.Client{Timeout: waitTimeout}).Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(page), err
}

// whenReady waits for an admin port to answer that its process is ready.
func whenReady(t *testing.T, admin string) {
	t.Helper()
	eventually(t, "ready "+admin, func() error {
		status, page, err := getPage(t, "http://"+admin+"/readyz")
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("%d %s", status, strings.TrimSpace(page))
		}
		return err
	})
}
