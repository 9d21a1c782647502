package process

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sort"
	"sync"
	"sync/atomic"
	"time"
)

// checkTimeout bounds how long one dependency may take to say how it is.
const checkTimeout = time.Second

// Check says what is wrong with a dependency, or nil.
type Check func(context.Context) error

// Health knows what a process depends on. A process is ready once each
// dependency has been well at least once, and until it begins to stop: one that
// fails later makes the process answer less, but sending its work to another
// process, which misses the same dependency, would help nobody.
type Health struct {
	prefix string
	shared *dependencies
}

type dependencies struct {
	mu       sync.Mutex
	all      map[string]*dependency
	draining atomic.Bool
}

type dependency struct {
	check Check
	seen  bool // was well once
}

// NewHealth returns the Health of a process without dependencies.
func NewHealth() *Health {
	return &Health{shared: &dependencies{all: map[string]*dependency{}}}
}

func (h *Health) sub(prefix string) *Health {
	return &Health{prefix: h.prefix + prefix + "/", shared: h.shared}
}

// Waiting is the Check of a dependency that is not there yet. It is replaced
// by adding the real one under the same name.
func Waiting(context.Context) error { return errors.New("not there yet") }

// Condition is the Check of a dependency that is well when ok says so.
func Condition(ok func() bool, otherwise string) Check {
	return func(context.Context) error {
		if !ok() {
			return errors.New(otherwise)
		}
		return nil
	}
}

// Add adds a dependency, or replaces its check.
func (h *Health) Add(name string, check Check) {
	h.shared.mu.Lock()
	defer h.shared.mu.Unlock()
	h.shared.all[h.prefix+name] = &dependency{check: check}
}

// Drain makes the process unready for good: it is about to stop.
func (h *Health) Drain() { h.shared.draining.Store(true) }

// Draining says whether the process is about to stop.
func (h *Health) Draining() bool { return h.shared.draining.Load() }

// State is what is known of one dependency.
type State struct {
	Name string `json:"name"`
	OK   bool   `json:"ok"`
	// Error is for the operator: it is served on the admin port only.
	Error string `json:"error,omitempty"`
}

// Ready asks every dependency, all at the same time.
func (h *Health) Ready(ctx context.Context) (bool, []State) {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	h.shared.mu.Lock()
	checks := make(map[string]Check, len(h.shared.all))
	for name, d := range h.shared.all {
		checks[name] = d.check
	}
	h.shared.mu.Unlock()

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
	sort.Slice(states, func(i, j int) bool { return states[i].Name < states[j].Name })
	return h.note(states) && !h.Draining(), states
}

// note remembers who was well, and says whether everyone was at least once.
func (h *Health) note(states []State) bool {
	h.shared.mu.Lock()
	defer h.shared.mu.Unlock()
	ready := true
	for _, s := range states {
		d := h.shared.all[s.Name]
		d.seen = d.seen || s.OK
		ready = ready && d.seen
	}
	return ready
}

// ServeHTTP answers /readyz: 200 or 503, with the state of each dependency.
func (h *Health) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ready, states := h.Ready(r.Context())
	w.Header().Set("Content-Type", "application/json")
	if !ready {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	// The client is gone if this fails; there is nobody to tell.
	_ = json.NewEncoder(w).Encode(map[string]any{"ready": ready, "stopping": h.Draining(), "dependencies": states})
}
