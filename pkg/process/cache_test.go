package process_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"todokit/pkg/cache"
	"todokit/pkg/cache/cachetest"
	"todokit/pkg/config"
	"todokit/pkg/process"
	"todokit/pkg/tlsconfig/tlsconfigtest"
)

type settings struct {
	Cache process.CacheConfig `config:"cache"`
}

func loadCache(environ ...string) (process.CacheConfig, error) {
	dst := settings{Cache: process.DefaultCache()}
	_, err := config.Load(nil, environ, config.Program{Name: "test"}, &dst)
	return dst.Cache, err
}

func TestCacheConfig_Invalid_NamesTheKey(t *testing.T) {
	t.Parallel()
	for variable, want := range map[string]string{
		"TODOKIT_CACHE_BYTES=-1":                        "cache.bytes (",
		"TODOKIT_CACHE_URL=redis://:hunter2@h:port":     "cache.url (",
		"TODOKIT_CACHE_URL=mysql://:hunter2@h":          "cache.url (",
		"TODOKIT_CACHE_URL_FILE=/none":                  "cache.url (",
		"TODOKIT_CACHE_TLS_CA_FILE=/etc/ssl/ca-hunter2": "cache.url (",
	} {
		_, err := loadCache(variable)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", variable, err)
		}
	}
	c, err := loadCache("TODOKIT_CACHE_URL=rediss://h", "TODOKIT_CACHE_TLS_CA_FILE=/none/ca.pem")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := newCache(c); err == nil || !strings.Contains(err.Error(), "cache.tls.ca_file") {
		t.Error(err)
	}
}

func TestNewCache_NoURL_CachesInProcess(t *testing.T) {
	t.Parallel()
	for variable, cached := range map[string]bool{"": true, "TODOKIT_CACHE_BYTES=0": false} {
		cfg, err := loadCache(variable)
		if err != nil {
			t.Fatal(err)
		}
		c, err := newCache(cfg)
		if err != nil {
			t.Fatal(err)
		}
		c.Put(t.Context(), "k", "v")
		if v, ok := c.Get(t.Context(), "k"); ok != cached || cached && v != "v" {
			t.Errorf("%q: %q, %v", variable, v, ok)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestNewCache_MutualTLS_Caches(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	authority := tlsconfigtest.NewAuthority(t, dir)
	server, err := authority.TLS(t, dir, "server").Server()
	if err != nil {
		t.Fatal(err)
	}
	address := tlsconfigtest.Terminate(t, server, strings.TrimPrefix(cachetest.Start(t).URL(), "unix://"))
	c, err := newCache(process.CacheConfig{
		URL: config.NewSecret("rediss://" + address), Bytes: 1 << 20, TLS: authority.TLS(t, dir, "client"),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	timeout := time.After(30 * time.Second) // far more than it takes
	for cached := false; !cached; {
		c.Put(t.Context(), "k", "v")
		select {
		case <-time.After(time.Millisecond):
			_, cached = c.Get(t.Context(), "k")
		case <-timeout:
			t.Fatal("nothing is cached")
		}
	}
}

func newCache(c process.CacheConfig) (cache.Cache[string], error) {
	env := process.Env{Name: "test", Logger: log.NewNopLogger(), Registry: prometheus.NewRegistry()}
	return process.NewCache(env, c, cache.Options[string]{Name: "text", Size: func(s string) int { return len(s) }, Codec: text{}})
}

type text struct{}

func (text) Marshal(s string) ([]byte, error)   { return json.Marshal(s) }
func (text) Unmarshal(b []byte) (string, error) { s := ""; return s, json.Unmarshal(b, &s) }
