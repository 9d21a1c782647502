package process_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/oklog/run"

	"todokit/pkg/config"
	"todokit/pkg/process"
	"todokit/pkg/tlsconfig"
	"todokit/pkg/tlsconfig/tlsconfigtest"
)

// serveHTTP serves until the test ends, and returns the address.
func serveHTTP(t *testing.T, timeouts process.HTTPTimeouts, tlsConfig *tls.Config, h http.HandlerFunc) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var g run.Group
	process.AddActor(&g, func(inner context.Context) error {
		select {
		case <-ctx.Done():
		case <-inner.Done():
		}
		return nil
	})
	process.AddHTTP(&g, process.HTTPServer{Name: "test", Listener: l, TLS: tlsConfig, Handler: h, Timeouts: timeouts, Logger: log.NewNopLogger()})
	done := make(chan error, 1)
	go func() { done <- g.Run() }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

// long is a limit that no test reaches.
const long = time.Hour

// short is a limit that the test waits for.
const short = 50 * time.Millisecond

func echo(w http.ResponseWriter, r *http.Request) {
	if body, err := io.ReadAll(r.Body); err == nil {
		fmt.Fprintf(w, "%s", body)
	} else {
		http.Error(w, "incomplete", http.StatusBadRequest)
	}
}

func TestAddHTTP_SlowOrHugeRequest_Disconnected(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		timeouts process.HTTPTimeouts
		send     []string // one after the other
		want     string   // the beginning of the response, if there is one
	}{
		"nothing sent":       {process.HTTPTimeouts{Header: short, Body: long, Idle: long}, nil, ""},
		"header without end": {process.HTTPTimeouts{Header: short, Body: long, Idle: long}, []string{"GET / HTTP/1.1\r\nHost: x\r\nX-A: "}, ""},
		"body without end":   {process.HTTPTimeouts{Header: long, Body: short, Idle: long}, []string{"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc"}, "HTTP/1.1 400"},
		"chunk without end":  {process.HTTPTimeouts{Header: long, Body: short, Idle: long}, []string{"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nFF\r\nabc"}, "HTTP/1.1 400"},
		"no second request":  {process.HTTPTimeouts{Header: long, Body: long, Idle: short}, []string{"GET / HTTP/1.1\r\nHost: x\r\n\r\n"}, "HTTP/1.1 200"},
		"large header":       {process.HTTPTimeouts{Header: long, Body: long, Idle: long}, []string{"GET / HTTP/1.1\r\nHost: x\r\nX-A: " + strings.Repeat("a", 64<<10) + "\r\n\r\n"}, "HTTP/1.1 431"},
		"many headers":       {process.HTTPTimeouts{Header: long, Body: long, Idle: long}, []string{"GET / HTTP/1.1\r\nHost: x\r\n" + strings.Repeat("X-A: b\r\n", 8<<10) + "\r\n"}, "HTTP/1.1 431"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := serveHTTP(t, tt.timeouts, nil, echo)
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			for _, part := range tt.send {
				if _, err := conn.Write([]byte(part)); err != nil {
					t.Fatal(err)
				}
			}
			// The end of the connection is what the test waits for.
			response, err := io.ReadAll(conn)
			if err != nil && !strings.Contains(err.Error(), "reset") {
				t.Fatal(err)
			}
			if !strings.HasPrefix(string(response), tt.want) || tt.want == "" && len(response) > 0 {
				t.Errorf("responded %.100q, want %q", response, tt.want)
			}
		})
	}
}

func TestAddHTTP_ResponseNotRead_Disconnected(t *testing.T) {
	t.Parallel()
	failed := make(chan error, 1)
	address := serveHTTP(t, process.HTTPTimeouts{Header: long, Body: long, Answer: short, Idle: long}, nil,
		func(w http.ResponseWriter, _ *http.Request) {
			var err error
			for err == nil { // more than any buffer holds
				_, err = w.Write(make([]byte, 1<<20))
			}
			failed <- err
		})
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.Write([]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	if err := <-failed; err == nil {
		t.Error("the response ended")
	}
}

func TestAddHTTP_TLS_ServesHTTP2(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	authority := tlsconfigtest.NewAuthority(t, dir)
	files := authority.TLS(t, dir, "server")
	server, err := tlsconfig.ServerConfig{CertFile: files.CertFile, KeyFile: files.KeyFile}.Server()
	if err != nil {
		t.Fatal(err)
	}
	address := serveHTTP(t, process.DefaultHTTPTimeouts(), server, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Proto) })
	trusted, err := tlsconfig.Config{CAFile: authority.CAFile}.Client()
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{TLSClientConfig: trusted(), ForceAttemptHTTP2: true}
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport}).Get("https://" + address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if body, err := io.ReadAll(resp.Body); err != nil || string(body) != "HTTP/2.0" {
		t.Errorf("served %s: %v", body, err)
	}

	// A client without TLS gets an error, and nothing else.
	plain, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = plain.Close() }()
	fmt.Fprint(plain, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	if response, err := io.ReadAll(plain); err != nil || !strings.HasPrefix(string(response), "HTTP/1.0 400 ") {
		t.Errorf("without TLS: %q, %v", response, err)
	}
}

func TestHTTPTimeouts_Invalid_NamesTheKey(t *testing.T) {
	t.Parallel()
	for key, args := range map[string][]string{
		"header": {"--header=0s"}, "body": {"--body=1s"}, "answer": {"--answer=1s"}, "idle": {"--idle=-1s"},
	} {
		timeouts := process.DefaultHTTPTimeouts()
		_, err := config.Load(args, nil, config.Program{Name: "test"}, &timeouts)
		if wrong, ok := errors.AsType[*config.KeyError](err); !ok || wrong.Key != key {
			t.Errorf("%s: %v", key, err)
		}
	}
}
