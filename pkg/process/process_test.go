package process_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
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

// lumberjack leaks one goroutine per log file (its issue 56); a process has one
// log file.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("gopkg.in/natefinch/lumberjack%2ev2.(*Logger).millRun"))
}

func testConfig(t *testing.T) process.Config {
	t.Helper()
	c := process.DefaultConfig("127.0.0.1:0")
	c.Log.File = filepath.Join(t.TempDir(), "log")
	return c
}

func TestRun_Stop_InOrderOfAdding(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	var stopped []string
	err := process.Run(ctx, "test", testConfig(t), func(g *run.Group, env process.Env) error {
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

func TestRun_ActorFails_ReturnsItsError(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	err := process.Run(t.Context(), "test", testConfig(t), func(g *run.Group, _ process.Env) error {
		process.AddActor(g, func(context.Context) error { return boom })
		return nil
	})
	if !errors.Is(err, boom) {
		t.Fatalf("got %v", err)
	}
}

func TestAddGroup_AnyEnd_ClosesActors(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	for name, c := range map[string]struct {
		assembled, ran error
		want           error
	}{
		"assemble fails":  {assembled: boom, want: boom},
		"actor fails":     {ran: boom, want: boom},
		"process stopped": {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			closed := false
			err := process.Run(ctx, "test", testConfig(t), func(g *run.Group, env process.Env) error {
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

func TestRun_AdminPort_Serves(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
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
					t.Errorf("%s responds %q, which lacks %q", path, body, want)
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

// get retries until the server listens.
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

func TestNewLogger_Formats_OneLineEach(t *testing.T) {
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

func emit(t *testing.T, logger log.Logger) {
	t.Helper()
	if err := errors.Join(level.Info(logger).Log("msg", "a line"), level.Debug(logger).Log("msg", "hidden")); err != nil {
		t.Fatal(err)
	}
}

func TestConfig_Invalid_NamesTheKey(t *testing.T) {
	t.Parallel()
	for key, args := range map[string][]string{
		"log.level":   {"--log.level=loud"},
		"log.format":  {"--log.format=xml"},
		"admin.hosts": {"--admin.hosts=metrics.example.com,usersvc-1:9101"},
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

// TestRun_AdminPort_ServesOwnHostsOnly asks as a browser does that was lured to the
// port by a name of the attacker's.
func TestRun_AdminPort_ServesOwnHostsOnly(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	cfg.Admin.Addr, cfg.Admin.Hosts = freeAddr(t), []string{"usersvc-1"}
	ctx, cancel := context.WithCancel(t.Context())
	err := process.Run(ctx, "test", cfg, func(g *run.Group, _ process.Env) error {
		process.AddActor(g, func(context.Context) error {
			defer cancel()
			get(t, "http://"+cfg.Admin.Addr+"/healthz") // it listens
			for host, want := range map[string]int{
				"127.0.0.1": 200, "127.0.0.1:9101": 200, "10.1.2.3:9101": 200, "[::1]:9101": 200, "[::1]": 200, "[fe80::1%25eth0]:1": 200,
				"localhost": 200, "localhost:9101": 200, "LOCALHOST.:9101": 200, "usersvc-1:9101": 200, "UserSvc-1": 200,
				"evil.example": 421, "evil.example:9101": 421, "usersvc-1.evil.example": 421, "localhost.evil.example": 421, "127.0.0.1.evil.example": 421,
				"xlocalhost": 421, "a.localhost": 421, "2130706433": 421, "usersvc-2": 421, "127.0.0.1:9101:evil": 421,
			} {
				for _, path := range []string{"/metrics", "/readyz", "/healthz", "/debug/pprof/cmdline", "/no/such/page"} {
					if want == 200 && path == "/no/such/page" {
						continue
					}
					status, body := getAs(t, cfg.Admin.Addr, host, path)
					if path == "/readyz" && want == 200 && status == 503 {
						continue // not ready
					}
					if status != want || want == 421 && !strings.Contains(body, "TODOKIT_ADMIN_HOSTS") {
						t.Errorf("%s of %q: %d %s", path, host, status, body)
					}
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

func getAs(t *testing.T, addr, host, path string) (status int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+addr+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = host
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Error(err)
	}
	return resp.StatusCode, string(content)
}
