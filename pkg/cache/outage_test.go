package cache_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"todokit/pkg/cache"
	"todokit/pkg/cache/cachetest"
)

// What the log says when an outage begins and when it ends.
const (
	began = "does not answer"
	ended = "answers again"
)

// breakable is a cache in a Redis of its own.
func breakable(t *testing.T, args ...string) (*cachetest.Server, cache.Options[*note], *lines, *prometheus.Registry) {
	t.Helper()
	server, text, reg := cachetest.Start(t, args...), &lines{}, prometheus.NewPedanticRegistry()
	o := options(reg)
	o.URL, o.Logger = server.URL(), log.NewLogfmtLogger(text)
	return server, o, text, reg
}

func TestShared_RedisAway_MissesAtOnceUntilItIsBack(t *testing.T) {
	t.Parallel()
	for name, outage := range map[string]struct{ begin, end func(*cachetest.Server) }{
		"killed": {(*cachetest.Server).Kill, (*cachetest.Server).Resume},
		"frozen": {(*cachetest.Server).Freeze, (*cachetest.Server).Thaw},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, o, text, reg := breakable(t)
			c := open(t, o)
			keep(t, c, "k", &note{"t"})
			earlier := text.count(began)
			outage.begin(server)
			await(t, "found away", func() bool { _, _ = c.Get(t.Context(), "k"); return text.count(began) > earlier })

			// At a frozen server, each of these would wait 100 ms.
			start, before := time.Now(), value(t, reg, "todokit_cache_lookups_total", "error")
			for i := range 1000 {
				c.Put(t.Context(), fmt.Sprint(i), &note{"t"})
				if _, ok := c.Get(t.Context(), "k"); ok {
					t.Error("a hit")
				}
			}
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("1000 lookups took %v", took)
			}
			if errors := value(t, reg, "todokit_cache_lookups_total", "error") - before; errors != 1000 {
				t.Errorf("%v of 1000 lookups counted", errors)
			}
			if away := value(t, reg, "todokit_cache_dropped_total", "away"); away < 1000 {
				t.Errorf("%v of 1000 values counted", away)
			}

			if text.count(began) != earlier+1 || text.count(ended) != earlier {
				t.Errorf("of one outage the log says:\n%s", text)
			}
			outage.end(server)
			keep(t, c, "k", &note{"t"})
			if text.count(ended) != text.count(began) || text.count("\n") != 2*text.count(began) {
				t.Errorf("of one outage and its end the log says:\n%s", text)
			}
		})
	}
}

func TestShared_RedisStartsLater_IsUsedThen(t *testing.T) {
	t.Parallel()
	server, o, text, _ := breakable(t)
	server.Kill()
	c := open(t, o)
	await(t, "found away", func() bool { _, _ = c.Get(t.Context(), "k"); return text.count(began) == 1 })
	server.Resume()
	keep(t, c, "k", &note{"t"})
}

func TestShared_WrongPassword_IsAnOutage(t *testing.T) {
	t.Parallel()
	server, o, text, _ := breakable(t, "--requirepass", "swordfish")
	o.Registerer = nil
	for user, reason := range map[string]string{"": "NOAUTH", ":hunter2@": "WRONGPASS", "somebody:hunter2@": "WRONGPASS"} {
		o.URL = strings.Replace(server.URL(), "://", "://"+user, 1)
		earlier := text.count(reason)
		await(t, reason, func() bool {
			// On a busy machine, the reason may be another: try again with another cache.
			c := open(t, o)
			for range 20 {
				_, _ = c.Get(t.Context(), "k")
			}
			return text.count(reason) > earlier
		})
	}
	if strings.Contains(text.String(), "hunter2") {
		t.Errorf("the log says:\n%s", text)
	}
	o.URL = strings.Replace(server.URL(), "://", "://:swordfish@", 1)
	keep(t, open(t, o), "k", &note{"t"})
}

// A context that has ended does not mean that Redis is away.
func TestShared_CallersLeave_NoOutage(t *testing.T) {
	t.Parallel()
	_, o, text, _ := breakable(t)
	c := open(t, o)
	keep(t, c, "k", &note{"t"})
	earlier := text.String()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
	defer cancel()
	for range 50 {
		_, _ = c.Get(gone, "k")
		_, _ = c.Get(late, "k")
	}
	if text.String() != earlier {
		t.Errorf("the log says:\n%s", text)
	}
	keep(t, c, "k", &note{"t"})
}

func TestShared_RedisHangs_PutDoesNotWait(t *testing.T) {
	t.Parallel()
	server, o, _, reg := breakable(t)
	c := open(t, o)
	server.Freeze()
	start := time.Now()
	for i := range 5000 {
		c.Put(t.Context(), fmt.Sprint(i), &note{strings.Repeat("x", 4000)})
	}
	if took := time.Since(start); took > 10*time.Second { // one by one: 500 s
		t.Errorf("5000 puts took %v", took)
	}
	if value(t, reg, "todokit_cache_dropped_total", "full") == 0 {
		t.Error("everything was kept in the queue")
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("with Close they took %v", took)
	}
	lost := 0.0
	for _, reason := range []string{"full", "failed", "away"} {
		lost += value(t, reg, "todokit_cache_dropped_total", reason)
	}
	if lost != 5000 {
		t.Errorf("%v of 5000 lost values were counted", lost)
	}
}

func TestShared_RedisRefusesWrites_IsRead(t *testing.T) {
	t.Parallel()
	server, o, text, reg := breakable(t)
	c := open(t, o)
	keep(t, c, "k", &note{"t"})
	raw := dial(t, server.URL())
	if err := raw.ConfigSet(t.Context(), "maxmemory", "1").Err(); err != nil {
		t.Fatal(err)
	}
	await(t, "refused", func() bool {
		c.Put(t.Context(), "more", &note{"t"})
		return value(t, reg, "todokit_cache_dropped_total", "failed") > 20
	})
	await(t, "read", func() bool { _, ok := c.Get(t.Context(), "k"); return ok })
	if text.count("could not be put") != 1 {
		t.Errorf("the log says:\n%s", text)
	}
}
