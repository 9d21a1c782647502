package chaos_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"
)

// clientTimeout is more than any request may take.
const clientTimeout = 6 * time.Second

// client talks REST to a gateway.
type client struct {
	base string
	http *http.Client
}

func newClient(address string) *client {
	return &client{
		base: "http://" + address,
		http: &http.Client{Timeout: clientTimeout, Transport: &http.Transport{MaxIdleConnsPerHost: 512, MaxIdleConns: 512}},
	}
}

// request is one call of a route.
type request struct {
	service      string // behind the route
	method, path string
	token        string
	body         any
	ifMatch      int64
	want         []int // statuses that are right
}

// outcome is what a client may think of an answer.
type outcome int

const (
	right   outcome = iota
	stale           // right, from the gateway's memory
	refused         // 503 or 429 as they should be
	wrong           // anything else, or no answer
)

// response is what came back.
type response struct {
	verdict outcome
	status  int // 0: none
	header  http.Header
	body    []byte
	err     error
}

// unknown says whether the request may have been carried out although it was
// not acknowledged.
func (a response) unknown() bool {
	return a.status == 0 || a.status >= 500
}

// do makes a request and judges the answer.
func (c *client) do(ctx context.Context, r request) response {
	var body io.Reader
	if r.body != nil {
		text, err := json.Marshal(r.body)
		if err != nil {
			panic(err) // nothing in these tests refuses it
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, c.base+r.path, body)
	if err != nil {
		panic(err)
	}
	if r.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if r.method == http.MethodPatch {
		req.Header.Set("Content-Type", "application/merge-patch+json")
	}
	if r.token != "" {
		req.Header.Set("Authorization", "Bearer "+r.token)
	}
	if r.ifMatch > 0 {
		req.Header.Set("If-Match", strconv.Quote(strconv.FormatInt(r.ifMatch, 10)))
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return response{verdict: wrong, err: err}
	}
	defer resp.Body.Close()
	a := response{status: resp.StatusCode, header: resp.Header}
	if a.body, a.err = io.ReadAll(resp.Body); a.err != nil {
		return response{verdict: wrong, err: a.err} // a cut answer acknowledges nothing
	}
	a.classify(r)
	return a
}

// must makes a request that has to succeed.
func (c *client) must(t *testing.T, r request) response {
	t.Helper()
	a := c.do(t.Context(), r)
	if a.verdict != right {
		t.Fatalf("%s %s: %v", r.method, r.path, a.err)
	}
	return a
}

// classify compares a response with what was asked and against the contract.
func (a *response) classify(r request) {
	age, status := a.header.Get("Age"), a.header.Get("Cache-Status")
	switch {
	case slices.Contains(r.want, a.status) && age == "" && status == "":
		a.verdict = right
	case slices.Contains(r.want, a.status) && r.method == http.MethodGet && age != "" && status != "":
		a.verdict = stale
	case slices.Contains(r.want, a.status):
		a.verdict, a.err = wrong, fmt.Errorf("stale without a mark, or marked without being stale: Age %q, Cache-Status %q", age, status)
	case a.status != http.StatusServiceUnavailable && a.status != http.StatusTooManyRequests:
		a.verdict, a.err = wrong, fmt.Errorf("status %d: %s", a.status, a.body)
	case a.header.Get("Retry-After") == "" || a.header.Get("Content-Type") != "application/problem+json":
		a.verdict, a.err = wrong, fmt.Errorf("status %d without Retry-After, or no problem: %s", a.status, a.body)
	default:
		a.verdict, a.err = refused, fmt.Errorf("status %d: %s", a.status, a.body)
	}
}

// decode reads the body of an answer.
func decode[T any](a response) (v T, err error) {
	if a.verdict > stale {
		return v, a.err
	}
	return v, json.Unmarshal(a.body, &v)
}

// The bodies, as far as they matter here.
type (
	taskBody struct {
		ID         string     `json:"id"`
		Title      string     `json:"title"`
		Content    string     `json:"content"`
		Version    int64      `json:"version"`
		DeleteTime *time.Time `json:"delete_time"`
	}
	pageBody struct {
		Tasks []taskBody `json:"tasks"`
		Lists []taskBody `json:"lists"` // as far as they are alike
		Next  string     `json:"next_page_token"`
	}
	grantBody struct {
		AccessToken  string `json:"access_token"`
		RefreshToken string `json:"refresh_token"`
	}
)

const (
	usersPath    = "/api/v1/users"
	sessionsPath = "/api/v1/sessions"
	tasksPath    = "/api/v1/tasks"
	listsPath    = "/api/v1/lists"
)

var (
	ok      = []int{http.StatusOK}
	created = []int{http.StatusCreated}
	gone    = []int{http.StatusNoContent}
	found   = []int{http.StatusOK, http.StatusNotFound} // or not
)
