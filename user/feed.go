package user

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// The rhythm of a Feed.
const (
	pollInterval = 250 * time.Millisecond
	pollTimeout  = 2 * time.Second
	staleAfter   = 3 * time.Second // without an answer from the store
	sweepEvery   = time.Minute
	feedPage     = 500 // entries
)

// Feed is what an instance knows of the trust log: it asks the store for its
// head often, reads what is new, keeps what is live, and wakes those who wait.
// So the readers of an instance, however many, cost the database one small
// query each pollInterval.
type Feed struct {
	store   TrustStore
	now     func() time.Time
	observe func(head uint64, news []TrustEntry)

	reading chan struct{} // held by the one that reads the store
	started atomic.Uint64 // readings
	outcome error         // of the last reading; for the holder of reading

	mu      sync.Mutex
	news    News
	swept   time.Time
	asked   time.Time // when the store answered last
	changed chan struct{}
}

// News is a moment of a Feed.
type News struct {
	Ready   bool            // the log has been read once
	Fresh   bool            // the store answered a short time ago
	Head    uint64          // the sequence number up to which everything is known
	Entries []TrustEntry    // in the order of the sequence
	Changed <-chan struct{} // closed when there is something newer
}

// NewFeed returns a Feed that knows nothing yet. observe, which may be nil, is
// called with each piece of news, one call at a time, the first as soon as the
// log has been read once.
func NewFeed(store TrustStore, now func() time.Time, observe func(head uint64, news []TrustEntry)) *Feed {
	if observe == nil {
		observe = func(uint64, []TrustEntry) {}
	}
	return &Feed{
		store: store, now: now, observe: observe,
		reading: make(chan struct{}, 1), changed: make(chan struct{}),
	}
}

// Run reads the log until ctx ends. An error of the store is reported when it
// begins, not each time; report may be nil.
func (f *Feed) Run(ctx context.Context, report func(error)) {
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	failing := false
	for {
		err := f.poll(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil && !failing && report != nil {
			report(err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (f *Feed) poll(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, pollTimeout)
	defer cancel()
	return f.Refresh(ctx)
}

// Refresh reads what is new at once. Those who ask while it is being read
// share the next reading, so that a flood of questions costs one at a time.
// Returns what the store returns.
func (f *Feed) Refresh(ctx context.Context) error {
	arrived := f.started.Load()
	select {
	case f.reading <- struct{}{}:
		defer func() { <-f.reading }()
	case <-ctx.Done():
		return ctx.Err()
	}
	// Unless one that began after the question has ended well meanwhile.
	if f.started.Load() == arrived || f.outcome != nil {
		f.started.Add(1)
		f.outcome = f.read(ctx)
	}
	return f.outcome
}

func (f *Feed) read(ctx context.Context) error {
	head, err := f.store.TrustHead(ctx, struct{}{})
	if err != nil {
		return err
	}
	known := f.News(0)
	if head < known.Head {
		return errors.New("user: the trust log is shorter than it was: was another database put in place?")
	}
	var news []TrustEntry
	for after := known.Head; after < head; {
		page, err := f.store.TrustEntries(ctx, TrustQuery{After: after, UpTo: head, Limit: feedPage, LiveAt: f.now()})
		if err != nil {
			return err
		}
		news = append(news, page...)
		if after = head; len(page) == feedPage {
			after = page[len(page)-1].Sequence
		}
	}
	f.take(head, news, !known.Ready)
	return nil
}

// take makes news known. It is called by the one that reads.
func (f *Feed) take(head uint64, news []TrustEntry, first bool) {
	if first || head > f.News(0).Head {
		f.observe(head, news)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	f.asked = now
	if now.Sub(f.swept) >= sweepEvery {
		f.swept = now
		f.news.Entries = slices.DeleteFunc(slices.Clone(f.news.Entries), func(e TrustEntry) bool { return !e.Expires.After(now) })
	}
	if !first && head == f.news.Head {
		return
	}
	f.news.Ready, f.news.Head = true, head
	f.news.Entries = append(f.news.Entries, news...) // readers have a clipped part: what is theirs stays
	close(f.changed)
	f.changed = make(chan struct{})
}

// News returns what is known beyond a sequence number, 0 for all that is live.
func (f *Feed) News(after uint64) News {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := f.news
	n.Changed = f.changed
	n.Fresh = f.now().Sub(f.asked) < staleAfter
	i, _ := slices.BinarySearchFunc(n.Entries, after+1, func(e TrustEntry, seq uint64) int {
		return cmp.Compare(e.Sequence, seq)
	})
	n.Entries = slices.Clip(n.Entries[i:])
	return n
}
