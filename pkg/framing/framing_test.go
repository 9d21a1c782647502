package framing_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"todokit/pkg/framing"
)

// watching is a listener whose connections are watched.
type watching struct{ net.Listener }

func (l watching) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return framing.Watch(c), nil
}

// start starts a server that says of each request what it found.
func start(t *testing.T) string {
	t.Helper()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if framing.Encoded(r) {
			w.Header().Set("Connection", "close")
		}
		body, err := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%v %v %d %v", framing.Ambiguous(r), framing.Encoded(r), len(body), err)
	}))
	server.Listener = watching{server.Listener}
	server.Config.ConnContext = framing.WithConn
	server.Start()
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// found are the responses to requests that are sent as one text, in parts of so
// many bytes.
func found(t *testing.T, address, text string, part, want int) (all []string) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	go func() {
		for len(text) > 0 {
			n := min(part, len(text))
			if _, err := io.WriteString(c, text[:n]); err != nil {
				return // the server has closed the connection
			}
			text = text[n:]
		}
	}()
	r := bufio.NewReader(c)
	for range want {
		response, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(body))
	}
	return all
}

func TestAmbiguous_LengthAndEncoding_Found(t *testing.T) {
	t.Parallel()
	address := start(t)
	const (
		line    = "POST / HTTP/1.1\r\nHost: x\r\n"
		length  = "Content-Length: 6\r\n"
		chunked = "Transfer-Encoding: chunked\r\n"
		body    = "\r\n3\r\nabc\r\n0\r\n\r\n"
		plain   = line + length + "\r\n123456"
	)
	for name, tt := range map[string]struct {
		send string
		want []string
	}{
		"length":                  {plain + plain, []string{"false false 6 <nil>", "false false 6 <nil>"}},
		"no body":                 {"GET / HTTP/1.1\r\nHost: x\r\n\r\n" + plain, []string{"false false 0 <nil>", "false false 6 <nil>"}},
		"encoding":                {line + chunked + body, []string{"false true 3 <nil>"}},
		"both":                    {line + length + chunked + body, []string{"true true 3 <nil>"}},
		"the other order":         {line + chunked + length + body, []string{"true true 3 <nil>"}},
		"any case":                {line + "tRANSFER-eNCODING: chunked\r\ncontent-length:6\r\n" + body, []string{"true true 3 <nil>"}},
		"no carriage returns":     {strings.ReplaceAll(line+length+chunked, "\r", "") + body, []string{"true true 3 <nil>"}},
		"length zero":             {line + "Content-Length: 0\r\n" + chunked + body, []string{"true true 3 <nil>"}},
		"after others":            {plain + "\r\n" + plain + line + length + chunked + body, []string{"false false 6 <nil>", "false false 6 <nil>", "true true 3 <nil>"}},
		"in a body":               {line + "Content-Length: 41\r\n\r\n" + "\r\n\r\nContent-Length: 6\r\nTransfer-Encoding:" + line + chunked + body, []string{"false false 41 <nil>", "false true 3 <nil>"}},
		"in another header":       {line + "X-A: Content-Length: 6\r\n" + chunked + body, []string{"false true 3 <nil>"}},
		"a long header before it": {line + "X-A: " + strings.Repeat("a", 9000) + "\r\n" + length + chunked + body, []string{"true true 3 <nil>"}},
		"HTTP/1.0":                {strings.Replace(line, "1.1", "1.0", 1) + length + chunked + "\r\n123456", []string{"true false 6 <nil>"}},
	} {
		for _, part := range []int{1, 7, 1 << 20} {
			t.Run(fmt.Sprintf("%s, %d bytes at a time", name, part), func(t *testing.T) {
				t.Parallel()
				if got := found(t, address, tt.send, part, len(tt.want)); fmt.Sprint(got) != fmt.Sprint(tt.want) {
					t.Errorf("got %q, want %q", got, tt.want)
				}
			})
		}
	}
}

func TestAmbiguous_ConnectionNotWatched_False(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("x"))
	r.TransferEncoding = []string{"chunked"}
	if framing.Ambiguous(r) || !framing.Encoded(r) {
		t.Error("found what nobody can know")
	}
}
