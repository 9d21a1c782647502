package cache_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"

	"todokit/pkg/cache"
)

// dial is Redis itself.
func dial(t *testing.T, url string) *redis.Client {
	t.Helper()
	o, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	c := redis.NewClient(o)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestShared_TwoInstances_SeeEachOthersValues(t *testing.T) {
	t.Parallel()
	o, key := shared(t), unique()
	o.TTL = time.Hour
	keep(t, open(t, o), key, &note{"t"})
	other := open(t, o)
	await(t, "seen by the other", func() bool { n, ok := other.Get(t.Context(), key); return ok && n.Title == "t" })
	raw := dial(t, o.URL)
	if text, err := raw.Get(t.Context(), "todokit:note:v1:"+key).Result(); err != nil || text != `{"Title":"t"}` {
		t.Errorf("it is kept as %q (%v)", text, err)
	}
	if left := raw.TTL(t.Context(), "todokit:note:v1:"+key).Val(); left > time.Hour || left < 50*time.Minute {
		t.Errorf("it stays for %v", left)
	}
	o.Name = "other"
	if _, ok := open(t, o).Get(t.Context(), key); ok {
		t.Error("another cache sees it")
	}
}

func TestShared_UnreadableOrUnwritableValue_Miss(t *testing.T) {
	t.Parallel()
	o, key, text, reg := shared(t), unique(), &lines{}, prometheus.NewPedanticRegistry()
	o.Logger, o.Registerer = log.NewLogfmtLogger(text), reg
	c := open(t, o)
	raw := dial(t, o.URL)
	if err := raw.Set(t.Context(), "todokit:note:v1:"+key, "what another version wrote", time.Minute).Err(); err != nil {
		t.Fatal(err)
	}
	for range 50 {
		if n, ok := c.Get(t.Context(), key); ok || n != nil {
			t.Fatal("a hit:", n)
		}
	}
	if errors := value(t, reg, "todokit_cache_lookups_total", "error"); errors != 50 {
		t.Errorf("%v of 50 counted", errors)
	}
	keep(t, c, key, &note{"t"}) // it is replaced

	await(t, "counted", func() bool {
		c.Put(t.Context(), unique(), &note{"unwritable"})
		c.Put(t.Context(), unique(), &note{strings.Repeat("\x01", 1<<18)}) // JSON of it is six times as large
		return value(t, reg, "todokit_cache_dropped_total", "failed") > 1 && value(t, reg, "todokit_cache_dropped_total", "large") > 1
	})
	if text.count("cannot be read") != 1 || text.count("could not be put") != 1 {
		t.Errorf("the log says:\n%s", text)
	}
}

func TestNew_BadURL_ErrorWithoutTheURL(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"hunter2":                                          "must be",
		"http://:hunter2@h":                                "must be",
		"redis://:hunter2@h:port":                          "%XX",
		"redis://u:hunter2/%zz@h":                          "%XX",
		"redis://u:12/hunter2@h:6379":                      "path",
		"redis://:hunter2@:6379":                           "host",
		"redis://:hunter2@h/x":                             "path",
		"redis://:hunter2@h/0?protocol=3":                  "behind",
		"rediss://:hunter2@h/0?skip_verify=true":           "behind",
		"redis://:hunter2@h/0#x":                           "behind",
		"unix://:hunter2@":                                 "path",
		"redis:hunter2":                                    "host",
		"redis://" + strings.Repeat("hunter2", 500) + ":x": "%XX",
	} {
		o := options(nil)
		o.URL = url
		_, err := cache.New(o)
		if !errors.Is(err, cache.ErrURL) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", url, err)
		}
		if err := cache.CheckURL(url, false); !errors.Is(err, cache.ErrURL) {
			t.Errorf("%s: CheckURL: %v", url, err)
		}
	}
	for url, certificates := range map[string]bool{
		"": false, "redis://h": false, "redis://u:p@h:1/2": false, "rediss://h": true, "redis://[::1]:6379": false, "unix:///run/redis.sock": false,
	} {
		if err := cache.CheckURL(url, certificates); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
	for _, url := range []string{"", "redis://h", "unix:///run/redis.sock"} {
		if err := cache.CheckURL(url, true); !errors.Is(err, cache.ErrURL) {
			t.Errorf("%s takes certificates: %v", url, err)
		}
	}
}
