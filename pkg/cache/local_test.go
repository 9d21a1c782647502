package cache_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"todokit/pkg/cache"
)

func TestNew_NoBytes_KeepsNothing(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewPedanticRegistry()
	o := options(reg)
	o.Bytes, o.URL = 0, "redis://127.0.0.1:1"
	c := open(t, o)
	c.Put(t.Context(), "k", &note{"t"})
	if v, ok := c.Get(t.Context(), "k"); ok || v != nil {
		t.Error("it is there:", v)
	}
	if n, err := testutil.GatherAndCount(reg); n != 0 || err != nil {
		t.Errorf("%d metrics of nothing (%v)", n, err)
	}
}

func TestLocal_ManyValues_StaysWithinBytes(t *testing.T) {
	t.Parallel()
	const bound = 100 << 10
	reg := prometheus.NewPedanticRegistry()
	o := options(reg)
	o.Bytes = bound
	c := open(t, o)
	kept := 0
	for i := range 1000 {
		c.Put(t.Context(), fmt.Sprint(i), &note{strings.Repeat("x", 1000)})
	}
	for i := range 1000 {
		if _, ok := c.Get(t.Context(), fmt.Sprint(i)); ok {
			kept++
		}
	}
	if kept < 50 || kept > bound/1000 {
		t.Errorf("%d values of 1000 bytes are in %d", kept, bound)
	}
	if bytes := value(t, reg, "todokit_cache_bytes", ""); bytes < 50_000 || bytes > bound {
		t.Errorf("it takes %v bytes", bytes)
	}
	c.Put(t.Context(), "large", &note{strings.Repeat("x", bound)})
	if _, ok := c.Get(t.Context(), "large"); ok || value(t, reg, "todokit_cache_dropped_total", "large") != 1 {
		t.Error("a value that is larger than the cache was kept, or not counted")
	}
}

func TestLocal_TTL_CountsFromTheLastUse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := options(nil)
		o.TTL = time.Minute
		c, err := cache.New(o)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.Put(t.Context(), "used", &note{"t"})
		c.Put(t.Context(), "unused", &note{"t"})
		for range 3 {
			<-time.After(40 * time.Second)
			if _, ok := c.Get(t.Context(), "used"); !ok {
				t.Error("it was removed though it was used")
			}
		}
		if _, ok := c.Get(t.Context(), "unused"); ok {
			t.Error("it is still there")
		}
	})
}
