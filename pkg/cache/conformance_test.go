package cache_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/oklog/ulid/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"todokit/pkg/cache"
	"todokit/pkg/cache/cachetest"
)

// What is put may be there some time after Put, or never, but it is never another
// value.
func TestCache_EachKind_KeepsOrMisses(t *testing.T) {
	t.Parallel()
	for name, kind := range map[string]struct {
		options func(t *testing.T) cache.Options[*note]
		keeps   bool
	}{
		"none":       {func(*testing.T) cache.Options[*note] { return cache.Options[*note]{Name: "note"} }, false},
		"in process": {func(*testing.T) cache.Options[*note] { return options(nil) }, true},
		"Redis":      {shared, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := kind.options(t)
			reg := prometheus.NewPedanticRegistry()
			o.Registerer = reg
			c := open(t, o)
			keys := []string{unique(), unique() + " \x00\xff\r\n{日本}", ""}
			for _, key := range keys[:2] {
				if n, ok := c.Get(t.Context(), key); ok || n != nil {
					t.Fatalf("%q: a hit on nothing: %v", key, n)
				}
			}
			if !kind.keeps {
				c.Put(t.Context(), keys[0], &note{"title"})
				if _, ok := c.Get(t.Context(), keys[0]); ok {
					t.Error("it keeps something")
				}
				return
			}
			for i, key := range keys {
				keep(t, c, key, &note{fmt.Sprint("title ", i)})
			}
			c.Put(t.Context(), "large", &note{strings.Repeat("x", 2<<20)})
			if _, ok := c.Get(t.Context(), "large"); ok || value(t, reg, "todokit_cache_dropped_total", "large") != 1 {
				t.Error("a value that is too large was kept, or not counted")
			}
			if hits := value(t, reg, "todokit_cache_lookups_total", "hit"); hits < 3 {
				t.Errorf("%v hits", hits)
			}
			if misses := value(t, reg, "todokit_cache_lookups_total", "miss"); misses < 2 {
				t.Errorf("%v misses", misses)
			}
			if problems, err := testutil.GatherAndLint(reg); err != nil || len(problems) > 0 {
				t.Error(problems, err)
			}
		})
		t.Run(name+"/concurrent", func(t *testing.T) {
			t.Parallel()
			o := kind.options(t)
			concurrent(t, open(t, o), unique())
		})
	}
}

// concurrent puts and gets from several goroutines, also after Close.
func concurrent(t *testing.T, c cache.Cache[*note], prefix string) {
	t.Helper()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for i := range 200 {
				key := fmt.Sprint(prefix, (i+worker)%50)
				c.Put(gone, key, &note{key})
				if n, ok := c.Get(t.Context(), key); ok && n.Title != key {
					t.Errorf("%s is %s", key, n.Title)
				}
				_, _ = c.Get(gone, key)
			}
			if worker == 0 {
				_ = c.Close()
			}
		})
	}
	all.Wait()
}

// shared are the options of a cache in the Redis of all tests.
func shared(t *testing.T) cache.Options[*note] {
	o := options(nil)
	o.URL = cachetest.Redis(t)
	return o
}

// unique is a key of one test.
func unique() string { return ulid.Make().String() }
