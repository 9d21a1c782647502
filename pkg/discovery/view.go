package discovery

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// view is what is known of the instances under a prefix. It survives whatever
// happens to etcd: only news from etcd changes it.
type view struct {
	prefix string
	grace  time.Duration

	mu      sync.Mutex
	entries map[string]entry // by key
	known   []string         // their values, sorted, each once
	changed chan struct{}    // closed when known changes
}

type entry struct {
	value string
	until time.Time // when to forget it; zero: it is in etcd
}

func newView(prefix string, cfg Config) *view {
	return &view{prefix: prefix, grace: cfg.Grace, entries: map[string]entry{}, changed: make(chan struct{})}
}

// values returns the known instances, in a slice of the caller's own.
func (v *view) values() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.known)
}

// next returns a channel that is closed at the next change.
func (v *view) next() <-chan struct{} {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.changed
}

// put notes that a key is in etcd.
func (v *view) put(key, value string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.entries[key] = entry{value: value}
	v.publish()
}

// remove notes that a key was taken out of etcd.
func (v *view) remove(key string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.entries, key)
	v.publish()
}

// replace notes all that is in etcd. What is missing is forgotten at once,
// unless etcd was away: then those who lost their registration by that get a
// time of grace to renew it.
func (v *view) replace(listed map[string]string, wasAway bool, now time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for key, e := range v.entries {
		if _, ok := listed[key]; ok {
			continue
		}
		if e.until.IsZero() && wasAway {
			e.until = now.Add(v.grace)
			v.entries[key] = e
		}
		if !now.Before(e.until) {
			delete(v.entries, key)
		}
	}
	for key, value := range listed {
		v.entries[key] = entry{value: value}
	}
	v.publish()
}

// nextExpiry returns when the next time of grace ends, or zero.
func (v *view) nextExpiry() time.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	var first time.Time
	for _, e := range v.entries {
		if !e.until.IsZero() && (first.IsZero() || e.until.Before(first)) {
			first = e.until
		}
	}
	return first
}

// publish works known out again, and tells if it is news. An instance that
// came back under another key before its old one expired counts once: go-kit's
// Endpointer would leak a connection over the second.
func (v *view) publish() {
	values := make(map[string]bool, len(v.entries))
	for _, e := range v.entries {
		values[e.value] = true
	}
	known := slices.Sorted(maps.Keys(values))
	if slices.Equal(known, v.known) {
		return
	}
	v.known = known
	close(v.changed)
	v.changed = make(chan struct{})
}
