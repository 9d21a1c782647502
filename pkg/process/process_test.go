package process_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/oklog/run"
	"go.uber.org/goleak"

	"todokit/pkg/config"
	"todokit/pkg/process"
)

// lumberjack keeps one goroutine per log file for good (its issue 56); a
// process has one log file.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("gopkg.in/natefinch/lumberjack%2ev2.(*Logger).millRun"))
}

func quiet(t *testing.T) process.Config {
	t.Helper()
	c := process.DefaultConfig("127.0.0.1:0")
	c.Log.File = filepath.Join(t.TempDir(), "log")
	return c
}

func TestActorsStopInTheOrderTheyWereAdded(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	var stopped []string
	err := process.Run(ctx, "test", quiet(t), func(g *run.Group, env process.Env) error {
		for _, name := range []string{"outermost", "middle", "innermost"} {
			process.AddClose(g, func() error { stopped = append(stopped, name); return nil }, env.Logger)
		}
		cancel()
		return nil
	})
	if got := strings.Join(stopped, " "); err != nil || got != "outermost middle innermost" {
		t.Fatalf("stopped %q, err %v", got, err)
	}
}

func TestAFailingActorStopsTheProcessWithItsError(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	err := process.Run(t.Context(), "test", quiet(t), func(g *run.Group, _ process.Env) error {
		process.AddActor(g, func(context.Context) error { return boom })
		return nil
	})
	if !errors.Is(err, boom) {
		t.Fatalf("got %v", err)
	}
}

func TestAGroupStopsWithItsProcessAndTheProcessWithIt(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	for name, c := range map[string]struct {
		assembled, ran error
		want           error
	}{
		"it cannot be assembled": {assembled: boom, want: boom},
		"an actor of it fails":   {ran: boom, want: boom},
		"the process is stopped": {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			closed := false
			err := process.Run(ctx, "test", quiet(t), func(g *run.Group, env process.Env) error {
				process.AddGroup(g, func(_ context.Context, inner *run.Group) error {
					process.AddClose(inner, func() error { closed = true; return nil }, env.Logger)
					if c.ran != nil {
						process.AddActor(inner, func(context.Context) error { return c.ran })
					}
					if c.want == nil {
						cancel()
					}
					return c.assembled
				})
				return nil
			})
			if !errors.Is(err, c.want) || !closed {
				t.Fatalf("got %v, closed: %v", err, closed)
			}
		})
	}
}

func TestTheAdminPortAnswers(t *testing.T) {
	t.Parallel()
	cfg := quiet(t)
	cfg.Admin.Addr = freeAddr(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := process.Run(ctx, "test", cfg, func(g *run.Group, env process.Env) error {
		env.For("part").Health.Add("database", func(context.Context) error { return errors.New("away") })
		process.AddActor(g, func(context.Context) error {
			defer cancel()
			for path, want := range map[string]string{
				"/healthz":             "alive",
				"/metrics":             `todokit_build_info{go_version=`,
				"/readyz":              `"part/database","ok":false,"error":"away"`,
				"/debug/pprof/cmdline": "test",
			} {
				if body := get(t, "http://"+cfg.Admin.Addr+path); !strings.Contains(body, want) {
					t.Errorf("%s answers %q, which lacks %q", path, body, want)
				}
			}
			return nil
		})
		return nil
	})
	if err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// get asks until the server listens.
func get(t *testing.T, url string) string {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for {
		resp, err := client.Get(url)
		if err != nil {
			if t.Context().Err() != nil {
				return ""
			}
			continue
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil {
			t.Error(err)
		}
		return string(body)
	}
}

func TestAProcessBecomesReadyByItselfAndStaysSo(t *testing.T) {
	t.Parallel()
	h := process.NewHealth()
	wrong := errors.New("no snapshot yet")
	h.Add("trust", func(context.Context) error { return wrong })
	h.Add("etcd", func(context.Context) error { return nil })
	for _, step := range []struct {
		name  string
		do    func()
		ready bool
		code  int
	}{
		{"waiting", func() {}, false, http.StatusServiceUnavailable},
		{"well", func() { wrong = nil }, true, http.StatusOK},
		{"degraded", func() { wrong = errors.New("lost again") }, true, http.StatusOK},
		{"stopping", h.Drain, false, http.StatusServiceUnavailable},
	} {
		step.do()
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/readyz", nil))
		var answer struct {
			Ready        bool
			Dependencies []process.State
		}
		if err := json.Unmarshal(rec.Body.Bytes(), &answer); err != nil {
			t.Fatal(err)
		}
		if answer.Ready != step.ready || rec.Code != step.code || len(answer.Dependencies) != 2 {
			t.Fatalf("%s: %d %s", step.name, rec.Code, rec.Body)
		}
	}
}

func TestLogLines(t *testing.T) {
	t.Parallel()
	for format, want := range map[string]string{"logfmt": `msg="a line"`, "json": `"msg":"a line"`} {
		var out bytes.Buffer
		logger, closer, err := process.NewLogger(process.LogConfig{Level: "info", Format: format}, &out)
		if err != nil {
			t.Fatal(err)
		}
		emit(t, logger)
		if err := closer.Close(); err != nil {
			t.Fatal(err)
		}
		if s := out.String(); !strings.Contains(s, want) || strings.Contains(s, "hidden") || strings.Count(s, "\n") != 1 {
			t.Errorf("%s: %q", format, s)
		}
	}
}

func TestListen(t *testing.T) {
	t.Parallel()
	socket := "unix:" + filepath.Join(t.TempDir(), "s")
	for name, c := range map[string]struct {
		cfg  process.GRPCConfig
		want string // prefix of what is advertised
	}{
		"loopback":   {process.GRPCConfig{Addr: "127.0.0.1:0"}, "127.0.0.1:"},
		"advertised": {process.GRPCConfig{Addr: "127.0.0.1:0", Advertise: "user-1:9001"}, "user-1:9001"},
		"socket":     {process.GRPCConfig{Addr: socket}, socket},
	} {
		for range 2 { // the second time over what the first left behind
			l, advertise, err := c.cfg.Listen()
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if u, ok := l.(*net.UnixListener); ok {
				u.SetUnlinkOnClose(false)
			}
			if err := l.Close(); err != nil || !strings.HasPrefix(advertise, c.want) {
				t.Errorf("%s: advertises %q, close: %v", name, advertise, err)
			}
		}
	}
	if _, _, err := (process.GRPCConfig{Addr: "nowhere"}).Listen(); err == nil || !strings.HasPrefix(err.Error(), "grpc.addr:") {
		t.Errorf("got %v, want an error that names grpc.addr", err)
	}
}

func emit(t *testing.T, logger log.Logger) {
	t.Helper()
	if err := errors.Join(level.Info(logger).Log("msg", "a line"), level.Debug(logger).Log("msg", "hidden")); err != nil {
		t.Fatal(err)
	}
}

func TestWrongKeysAreNamed(t *testing.T) {
	t.Parallel()
	for key, args := range map[string][]string{
		"log.level":  {"--log.level=loud"},
		"log.format": {"--log.format=xml"},
	} {
		cfg := process.DefaultConfig("127.0.0.1:0")
		if _, err := config.Load(args, nil, config.Program{Name: "test"}, &cfg); err == nil || !strings.HasPrefix(err.Error(), key) {
			t.Errorf("%s: got %v", key, err)
		}
	}
	nowhere := process.LogConfig{Level: "info", Format: "json", File: "/proc/nowhere/log"}
	if _, _, err := process.NewLogger(nowhere, io.Discard); err == nil || !strings.HasPrefix(err.Error(), "log.file:") {
		t.Errorf("log.file: got %v", err)
	}
}
