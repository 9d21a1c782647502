package rest_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"todokit/pkg/errs"
	"todokit/pkg/rest"
)

func TestReadJSON_OtherMediaType_IsRefused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		method, media, coding string
		status                int
	}{
		{"POST", "application/json", "", 200},
		{"POST", "Application/JSON; charset=UTF-8", "", 200},
		{"POST", "application/json", "identity", 200},
		{"POST", "application/json", "gzip", 415},
		{"POST", "application/json; charset=latin1", "", 415},
		{"POST", "application/merge-patch+json", "", 415},
		{"POST", "text/plain", "", 415},
		{"POST", "", "", 415},
		{"POST", ";;", "", 415},
		{"PATCH", "application/merge-patch+json", "", 200},
		{"PATCH", "application/json", "", 200},
		{"PATCH", "application/json-patch+json", "", 415},
	}
	for _, tt := range tests {
		r := request(tt.method, "/", `{}`)
		r.Header.Set("Content-Type", tt.media)
		if tt.coding != "" {
			r.Header.Set("Content-Encoding", tt.coding)
		}
		w := newTestEdge().do(read, r)
		if w.Code != tt.status {
			t.Errorf("%s %q %q: %d", tt.method, tt.media, tt.coding, w.Code)
		}
		if tt.status == 415 && !strings.Contains(w.Header().Get("Accept"), "application/json") {
			t.Errorf("%s %q: Accept = %q", tt.method, tt.media, w.Header().Get("Accept"))
		}
	}
}

func read(w http.ResponseWriter, r *http.Request) error {
	if _, err := rest.ReadJSON(w, r, rest.Members{"name": func(json.RawMessage) *errs.Field { return nil }}); err != nil {
		return err
	}
	return ok(w, r)
}

// counter is an endless body that counts what was read of it.
type counter struct{ n int64 }

func (c *counter) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	c.n += int64(len(p))
	return len(p), nil
}

func TestReadJSON_LargeBody_IsNotReadToItsEnd(t *testing.T) {
	t.Parallel()
	for name, length := range map[string]int64{"announced": 1 << 30, "endless": -1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var endless counter
			r := httptest.NewRequest(http.MethodPost, "/", &endless)
			r.ContentLength = length
			r.Header.Set("Content-Type", "application/json")
			w := newTestEdge().do(read, r)
			if p := problemOf(t, w); p.Status != 413 || p.Code != "BODY_TOO_LARGE" || w.Header().Get("Connection") != "close" {
				t.Errorf("got %+v, %v", p, w.Header())
			}
			if length > 0 && endless.n > 0 || endless.n > 2*rest.MaxBody {
				t.Errorf("%d bytes were read", endless.n)
			}
		})
	}
}

func TestReadJSON_BodyAtTheLimit_IsRead(t *testing.T) {
	t.Parallel()
	body := `{"name":"` + strings.Repeat("x", rest.MaxBody-len(`{"name":""}`)) + `"}`
	if w := newTestEdge().do(read, request("POST", "/", body)); w.Code != 200 {
		t.Errorf("%d: %.200s", w.Code, w.Body)
	}
}

func TestReadJSON_BodyEndsEarly_IsClientGoneOrMalformed(t *testing.T) {
	t.Parallel()
	for cause, status := range map[error]int{io.ErrUnexpectedEOF: 499, errors.New("bad chunk"): 400} {
		r := httptest.NewRequest(http.MethodPost, "/", io.MultiReader(strings.NewReader(`{"na`), failing{cause}))
		r.Header.Set("Content-Type", "application/json")
		if w := newTestEdge().do(read, r); w.Code != status {
			t.Errorf("%v: %d", cause, w.Code)
		}
	}
}

// failing is a body whose reading fails.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestReadJSON_LargeBody_ConnectionIsClosed(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(newTestEdge().Route("/", rest.Methods{http.MethodPost: read}))
	defer server.Close()
	for name, head := range map[string]string{
		"announced": "Content-Length: 1073741824\r\n\r\n",
		"chunked":   "Transfer-Encoding: chunked\r\n\r\n200000\r\n" + strings.Repeat(" ", 0x200000),
	} {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		go func() { // the server may close the connection before it has read all
			_, _ = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"+head)
		}()
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusRequestEntityTooLarge || !response.Close {
			t.Errorf("%s: %d, closes: %v", name, response.StatusCode, response.Close)
		}
	}
}
