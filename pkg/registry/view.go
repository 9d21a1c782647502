package registry

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// view is what is known of the instances under a prefix. It outlives every
// outage of etcd: only what etcd says changes it.
type view struct {
	prefix string
	grace  time.Duration

	mu      sync.Mutex
	entries map[string]entry // by key
	known   []string         // their addresses, sorted, each once
	changed chan struct{}    // closed when known changes
}

type entry struct {
	address string
	expires time.Time // the end of its grace period; zero: it is in etcd
}

func newView(prefix string, cfg Config) *view {
	return &view{prefix: prefix, grace: cfg.Grace, entries: map[string]entry{}, changed: make(chan struct{})}
}

// addresses returns the known instances, in a slice of the caller's own.
func (v *view) addresses() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.known)
}

// keysOf returns the keys under which an address is known, sorted.
func (v *view) keysOf(address string) []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	var keys []string
	for key, e := range v.entries {
		if e.address == address {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// nextChange returns a channel that is closed at the next change.
func (v *view) nextChange() <-chan struct{} {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.changed
}

// put notes a key that is in etcd. No address means that the instance is
// deregistering: it is forgotten at once.
func (v *view) put(key, address string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.set(key, address)
	v.publish()
}

// markMissing notes, at the time now, a key that is no longer in etcd though its
// instance did not deregister. It may have died, or lost its lease with
// everybody else's in an outage of etcd: it has a grace period to come back.
func (v *view) markMissing(key string, now time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.expire(key, now)
	v.publish()
}

// replace notes all that is in etcd at the time now.
func (v *view) replace(listed map[string]string, now time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for key := range v.entries {
		if _, ok := listed[key]; !ok {
			v.expire(key, now)
		}
	}
	for key, address := range listed {
		v.set(key, address)
	}
	v.publish()
}

func (v *view) set(key, address string) {
	if address == "" {
		delete(v.entries, key)
	} else {
		v.entries[key] = entry{address: address}
	}
}

// expire begins the grace period of a missing key, or drops it after the end.
func (v *view) expire(key string, now time.Time) {
	e, ok := v.entries[key]
	switch {
	case !ok:
	case e.expires.IsZero():
		e.expires = now.Add(v.grace)
		v.entries[key] = e
	case !now.Before(e.expires):
		delete(v.entries, key)
	}
}

// nextExpiry returns when the next grace period ends, or zero.
func (v *view) nextExpiry() time.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	var first time.Time
	for _, e := range v.entries {
		if !e.expires.IsZero() && (first.IsZero() || e.expires.Before(first)) {
			first = e.expires
		}
	}
	return first
}

// publish computes known, and signals if it has changed. An instance that came
// back under another key before its old one expired counts once: go-kit's
// Endpointer would leak a connection over the second.
func (v *view) publish() {
	addresses := make(map[string]bool, len(v.entries))
	for _, e := range v.entries {
		addresses[e.address] = true
	}
	known := slices.Sorted(maps.Keys(addresses))
	if slices.Equal(known, v.known) {
		return
	}
	v.known = known
	close(v.changed)
	v.changed = make(chan struct{})
}
