package cache

import (
	"sync"
	"sync/atomic"
)

// The bounds of the queue.
const (
	maxQueued      = 1024
	maxQueuedBytes = 8 << 20
)

// entry is a value that is to be written to Redis.
type entry[V any] struct {
	key   string
	value V
	size  int
}

// queue holds what is to be written, bounded in number and in bytes.
type queue[V any] struct {
	entries chan entry[V]
	bytes   atomic.Int64

	mu     sync.RWMutex // held for writing to close it
	closed bool
}

func newQueue[V any]() *queue[V] { return &queue[V]{entries: make(chan entry[V], maxQueued)} }

// offer adds an entry, and reports whether there was room for it.
func (q *queue[V]) offer(e entry[V]) bool {
	q.mu.RLock()
	defer q.mu.RUnlock()
	if q.closed {
		return false
	}
	if q.bytes.Add(int64(e.size)) <= maxQueuedBytes {
		select {
		case q.entries <- e:
			return true
		default:
		}
	}
	q.bytes.Add(-int64(e.size))
	return false
}

// take waits for an entry and returns it with those behind it, as far as they
// make one batch. It returns nil when the queue is closed and empty.
func (q *queue[V]) take() []entry[V] {
	e, ok := <-q.entries
	var batch []entry[V]
	for size := 0; ok; {
		q.bytes.Add(-int64(e.size))
		batch = append(batch, e)
		if size += e.size; len(batch) == maxBatch || size >= maxValue {
			break
		}
		select {
		case e, ok = <-q.entries:
		default:
			ok = false
		}
	}
	return batch
}

// close closes the queue, and reports whether it was open.
func (q *queue[V]) close() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return false
	}
	q.closed = true
	close(q.entries)
	return true
}
