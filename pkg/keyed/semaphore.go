// Package keyed has a semaphore for each key: those who want the same thing wait
// for each other, in the order in which they came, and for nobody else.
package keyed

import (
	"context"
	"sync"
)

// Semaphore lets so many in at a time for each key. Its methods are safe for
// concurrent use. A key that nobody uses takes no memory.
type Semaphore[K comparable] struct {
	places int

	mu   sync.Mutex
	keys map[K]*key
}

// key is one that somebody holds or waits for.
type key struct {
	taken chan struct{} // has as many elements as places are taken; the runtime serves senders in order
	users int           // who hold a place or wait for one
}

// NewSemaphore returns a semaphore with so many places for each key, one at least.
func NewSemaphore[K comparable](places int) *Semaphore[K] {
	return &Semaphore[K]{places: max(places, 1), keys: map[K]*key{}}
}

// Acquire waits for a place, and returns the function that gives it back, to be
// called once. Returns ctx.Err() if the context ends first.
func (s *Semaphore[K]) Acquire(ctx context.Context, name K) (release func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	k := s.enter(name)
	select {
	case k.taken <- struct{}{}:
		return func() {
			<-k.taken
			s.leave(name, k)
		}, nil
	case <-ctx.Done():
		s.leave(name, k)
		return nil, ctx.Err()
	}
}

func (s *Semaphore[K]) enter(name K) *key {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, ok := s.keys[name]
	if !ok {
		k = &key{taken: make(chan struct{}, s.places)}
		s.keys[name] = k
	}
	k.users++
	return k
}

func (s *Semaphore[K]) leave(name K, k *key) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k.users--; k.users == 0 {
		delete(s.keys, name)
	}
}
