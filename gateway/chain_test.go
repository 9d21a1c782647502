package gateway_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"todokit/gateway"
	"todokit/gateway/ratelimit"
	"todokit/pkg/loadshed"
	"todokit/pkg/rest"
	"todokit/pkg/token"
)

// countingBody is a body that notes how much of it was read.
type countingBody struct {
	io.Reader
	read int
}

func (b *countingBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	b.read += n
	return n, err
}

// A request that is wrong in every respect is refused for the first that it
// meets; what is corrected one by one is the order of the chain.
func TestChain_WrongInEveryRespect_RefusedInOrder(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	mei := f.join(t, "mei")
	tasks := loadshed.New(loadshed.Options{Name: "tasks", Concurrent: 1, Registerer: prometheus.NewRegistry()})
	f.startWith(gateway.Limits{
		Address:  ratelimit.Rate{PerSecond: 1000, Burst: 1},
		User:     ratelimit.Rate{PerSecond: 0.1, Burst: 1},
		Limiters: gateway.Limiters{Tasks: tasks},
	})
	if err := tasks.Enter(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.want(t, 200, req{method: "GET", path: "/api/v1/users/me", token: mei}) // all that the user and the address may send

	path, credential, size := "/api/v1/tasks?colour=red", mei+"x", rest.MaxBody
	for _, step := range []struct {
		correct  func() // what the step before was refused for
		status   int
		says     string
		bodyRead bool
	}{
		{func() {}, 429, `"address";r=0`, false},
		{func() { f.clock.Add(time.Millisecond) }, 401, "UNAUTHENTICATED", false},
		{func() { credential = f.limitScopes(t, mei, token.TasksRead) }, 403, "PERMISSION_DENIED", false},
		{func() { credential = mei }, 429, `"user";r=0`, false},
		{func() { f.clock.Add(10 * time.Second) }, 503, "OVERLOADED", false},
		{tasks.Leave, 413, "BODY_TOO_LARGE", true},
		{func() { size = 1000 }, 400, "colour", true},
		{func() { path = "/api/v1/tasks" }, 400, "title", true},
	} {
		step.correct()
		body := &countingBody{Reader: strings.NewReader(`{"title": "` + strings.Repeat("x", size) + `"}`)}
		r := req{method: "POST", path: path, body: "x", token: credential}.request()
		r.Body, r.ContentLength = io.NopCloser(body), -1
		w := serve(f, r)
		if w.Code != step.status || !strings.Contains(w.Header().Get("RateLimit")+w.Body.String(), step.says) || (body.read > 0) != step.bodyRead {
			t.Errorf("%d after %d bytes of the body, want %d %s: %v %s", w.Code, body.read, step.status, step.says, w.Header(), w.Body)
		}
		if step.status == 401 && w.Header().Get("WWW-Authenticate") != `Bearer realm="todokit", error="invalid_token"` {
			t.Errorf("WWW-Authenticate: %s", w.Header().Get("WWW-Authenticate"))
		}
		if step.status == 503 || step.status == 413 || step.status == 400 {
			f.clock.Add(10 * time.Second) // for the next one
		} else if step.status != 429 {
			f.clock.Add(time.Millisecond)
		}
	}
}

// limitScopes returns a token of the same session with other scopes.
func (f *fixture) limitScopes(t *testing.T, accessToken string, scopes token.Scopes) string {
	t.Helper()
	raw, err := f.signer.Sign(token.Claims{
		UserID: claimOf(t, accessToken, "sub"), SessionID: claimOf(t, accessToken, "sid"), TokenID: "jti",
		Scopes: scopes, IssuedAt: f.clock.Now(), Expires: f.clock.Now().Add(time.Minute),
	})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// client is one connection to a server.
type client struct {
	t *testing.T
	net.Conn
	*bufio.Reader
}

func dial(t *testing.T, server *httptest.Server) *client {
	t.Helper()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &client{t, conn, bufio.NewReader(conn)}
}

// post sends the header of a request, and so much of its body. It returns the
// status, and whether the server closes the connection.
func (c *client) post(length int, body, header string) (status int, closes bool) {
	c.t.Helper()
	_, err := io.WriteString(c.Conn, "POST /api/v1/tasks HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "+
		strconv.Itoa(length)+"\r\n"+header+"\r\n"+body)
	if err != nil {
		c.t.Fatal(err)
	}
	response, err := http.ReadResponse(c.Reader, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		c.t.Fatal(err)
	}
	return response.StatusCode, response.Close
}

// A client without a token need not send its body to be told so. If it has not
// sent it, or if it is too large to be read for nothing, the connection ends.
func TestChain_NoToken_BodyIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	for name, send := range map[string]func(*client) (int, bool){
		"larger than any body":   func(c *client) (int, bool) { return c.post(2*rest.MaxBody, "", "") },
		"announced, and waiting": func(c *client) (int, bool) { return c.post(7, "", "Expect: 100-continue\r\n") },
	} {
		if status, closes := send(dial(t, server)); status != 401 || !closes {
			t.Errorf("%s: %d, closes: %v", name, status, closes)
		}
	}
	c := dial(t, server)
	for range 2 {
		if status, closes := c.post(15, `{"title": "x"} `, ""); status != 401 || closes {
			t.Errorf("small: %d, closes: %v", status, closes)
		}
	}
}
