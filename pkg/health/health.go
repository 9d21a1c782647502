// Package health knows what a process depends on, and tells whether it is ready.
package health

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// checkTimeout bounds the checks.
const checkTimeout = time.Second

// Check returns what is wrong with a dependency, or nil.
type Check func(context.Context) error

// Checker checks the dependencies of a process. The process is ready once each
// check has succeeded at least once, and until it begins to stop. A dependency
// that fails later degrades the process but leaves it ready: another process,
// which has the same dependency, would serve its requests no better. What the
// process itself must have, and another may have, is required at all times.
type Checker struct {
	prefix string
	shared *dependencies
}

type dependencies struct {
	mu       sync.Mutex
	all      map[string]*dependency
	draining atomic.Bool
}

type dependency struct {
	check     Check
	required  bool // at all times
	succeeded bool // at least once, or, if it is required, the last time
}

// New returns a Checker without dependencies.
func New() *Checker {
	return &Checker{shared: &dependencies{all: map[string]*dependency{}}}
}

// Sub returns a view of the Checker that prefixes the names of what is added with
// "name/".
func (c *Checker) Sub(name string) *Checker {
	return &Checker{prefix: c.prefix + name + "/", shared: c.shared}
}

// Waiting is the Check of a dependency that is not there yet. Add replaces it by
// the real one under the same name.
func Waiting(context.Context) error { return errors.New("not there yet") }

// Condition is a Check that succeeds when ok returns true.
func Condition(ok func() bool, otherwise string) Check {
	return func(context.Context) error {
		if !ok() {
			return errors.New(otherwise)
		}
		return nil
	}
}

// Add adds a dependency, or replaces its check.
func (c *Checker) Add(name string, check Check) { c.add(name, &dependency{check: check}) }

// Require adds what the process must have at all times, or replaces its check.
// Whenever that fails, the process is not ready.
func (c *Checker) Require(name string, check Check) {
	c.add(name, &dependency{check: check, required: true})
}

func (c *Checker) add(name string, d *dependency) {
	c.shared.mu.Lock()
	defer c.shared.mu.Unlock()
	c.shared.all[c.prefix+name] = d
}

// Drain makes the process unready for good, since it is about to stop.
func (c *Checker) Drain() { c.shared.draining.Store(true) }

// Draining reports whether the process is about to stop.
func (c *Checker) Draining() bool { return c.shared.draining.Load() }

// State is the result of one check.
type State struct {
	Name string `json:"name"`
	OK   bool   `json:"ok"`
	// Error is for the operator: it is served on the admin port only.
	Error string `json:"error,omitempty"`
}

// Ready checks every dependency, all at the same time.
func (c *Checker) Ready(ctx context.Context) (bool, []State) {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	c.shared.mu.Lock()
	checks := make(map[string]Check, len(c.shared.all))
	for name, d := range c.shared.all {
		checks[name] = d.check
	}
	c.shared.mu.Unlock()

	states := make([]State, 0, len(checks))
	var mu sync.Mutex
	var wg sync.WaitGroup
	for name, check := range checks {
		wg.Go(func() {
			s := State{Name: name, OK: true}
			if err := check(ctx); err != nil {
				s.OK, s.Error = false, err.Error()
			}
			mu.Lock()
			defer mu.Unlock()
			states = append(states, s)
		})
	}
	wg.Wait()
	slices.SortFunc(states, func(a, b State) int { return strings.Compare(a.Name, b.Name) })
	return c.record(states) && !c.Draining(), states
}

// record keeps which checks have succeeded, and reports whether all have.
func (c *Checker) record(states []State) bool {
	c.shared.mu.Lock()
	defer c.shared.mu.Unlock()
	ready := true
	for _, s := range states {
		d := c.shared.all[s.Name]
		d.succeeded = s.OK || d.succeeded && !d.required
		ready = ready && d.succeeded
	}
	return ready
}

// ServeHTTP serves /readyz: 200 or 503, with the state of each dependency.
func (c *Checker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ready, states := c.Ready(r.Context())
	w.Header().Set("Content-Type", "application/json")
	if !ready {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	// If this fails, the client is gone.
	_ = json.NewEncoder(w).Encode(map[string]any{"ready": ready, "stopping": c.Draining(), "dependencies": states})
}
