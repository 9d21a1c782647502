package user

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/oklog/ulid/v2"
)

// TokenSlack is how long after a token's expiry it is still remembered why it
// was not to be trusted: clocks differ, and a write takes its time.
const TokenSlack = time.Minute

// TrustKind is the kind of an entry of the trust log.
type TrustKind uint8

// The kinds, as they are kept.
const (
	KeyPublished TrustKind = iota + 1
	SessionRevoked
	UserDeleted
)

// TrustEntry is one entry of the trust log: what every service must know to
// judge an access token.
type TrustEntry struct {
	Sequence uint64
	// Expires is when the last token that the entry is about has expired. A
	// deleted account stays in the log for longer, since the task service has to
	// erase its data.
	Expires time.Time
	Kind    TrustKind
	Key     PublicKey // of KeyPublished
	Subject ulid.ULID // the session or the account of the others
	// More are further sessions that were revoked with the first.
	More []ulid.ULID
}

// RevokedTogether bounds the sessions of one entry, in the size of a row and of what
// is sent. It is more than an account has, as a rule.
const RevokedTogether = 250

// Revocations returns the entries for the end of sessions, without their numbers:
// one for many.
func Revocations(ids []ulid.ULID, expires time.Time) (entries []TrustEntry) {
	for some := range slices.Chunk(ids, RevokedTogether) {
		entries = append(entries, TrustEntry{Expires: expires, Kind: SessionRevoked, Subject: some[0], More: some[1:]})
	}
	return entries
}

// PublicKey is the public half of a signing key.
type PublicKey struct {
	ID      string // the "kid" of the tokens it checks
	Key     ed25519.PublicKey
	Expires time.Time // when the last token it signed has expired
}

// clockMargin is by how much a clock may be ahead, and be put right again, without
// the loss of an entry that is still needed.
const clockMargin = 7 * 24 * time.Hour

// How often a TrustLog does what.
const (
	pollInterval = 250 * time.Millisecond
	pollTimeout  = 2 * time.Second
	staleAfter   = 3 * time.Second // without an answer from the store
	sweepEvery   = time.Minute
	logPage      = 500 // entries
)

// TrustLog is what an instance knows of the trust log: it asks the store for its
// head often, reads what is new, keeps what is live, and wakes those who wait.
// So the readers of an instance, however many, cost the database one small
// query each pollInterval.
type TrustLog struct {
	store   TrustStore
	now     func() time.Time
	observe func(head uint64, added []TrustEntry)

	reading chan struct{} // held by the one that reads the store
	started atomic.Uint64 // reads
	outcome error         // of the last read; for the holder of reading

	mu      sync.Mutex
	latest  Snapshot
	start   time.Time       // has the reading of the monotonic clock
	known   []time.Duration // since when each of the latest entries is known, after start
	swept   time.Duration   // after start
	readAt  time.Time       // when the store answered last
	changed chan struct{}
}

// Snapshot is what a TrustLog knows at a moment.
type Snapshot struct {
	Ready   bool            // the log has been read once
	Fresh   bool            // the store answered a short time ago
	Head    uint64          // the sequence number up to which everything is known
	Entries []TrustEntry    // in the order of the sequence
	Changed <-chan struct{} // closed when there is something newer
}

// NewTrustLog returns a TrustLog that knows nothing yet. observe, which may be
// nil, is called with the entries that were added, one call at a time, the first
// time as soon as the log has been read once.
func NewTrustLog(store TrustStore, now func() time.Time, observe func(head uint64, added []TrustEntry)) *TrustLog {
	if observe == nil {
		observe = func(uint64, []TrustEntry) {}
	}
	return &TrustLog{
		store: store, now: now, observe: observe,
		reading: make(chan struct{}, 1), changed: make(chan struct{}), start: time.Now(),
	}
}

// Run reads the log until ctx ends. An error of the store is reported when it
// begins, not each time; report may be nil.
func (l *TrustLog) Run(ctx context.Context, report func(error)) {
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	failing := false
	for {
		err := l.poll(ctx)
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

func (l *TrustLog) poll(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, pollTimeout)
	defer cancel()
	return l.Refresh(ctx)
}

// Refresh reads what is new at once. Those who ask while it is being read
// share the next read, so that many at the same time cost one.
// Returns what the store returns.
func (l *TrustLog) Refresh(ctx context.Context) error {
	before := l.started.Load()
	select {
	case l.reading <- struct{}{}:
		defer func() { <-l.reading }()
	case <-ctx.Done():
		return ctx.Err()
	}
	// Unless a read that began after this call has succeeded meanwhile.
	if l.started.Load() == before || l.outcome != nil {
		l.started.Add(1)
		l.outcome = l.read(ctx)
	}
	return l.outcome
}

func (l *TrustLog) read(ctx context.Context) error {
	head, err := l.store.TrustHead(ctx, struct{}{})
	if err != nil {
		return err
	}
	known := l.Snapshot(0)
	if head < known.Head {
		return errors.New("user: the trust log is shorter than it was: was another database put in place?")
	}
	// What comes later is new, whatever the clock says.
	liveAt := time.Unix(0, 0)
	if !known.Ready {
		liveAt = l.now()
	}
	var added []TrustEntry
	for after := known.Head; after < head; {
		page, err := l.store.TrustEntries(ctx, TrustQuery{After: after, UpTo: head, Limit: logPage, LiveAt: liveAt})
		if err != nil {
			return err
		}
		added = append(added, page...)
		if after = head; len(page) == logPage {
			after = page[len(page)-1].Sequence
		}
	}
	l.add(head, added, !known.Ready)
	return nil
}

// add makes entries known. It is called by the one that reads.
func (l *TrustLog) add(head uint64, added []TrustEntry, first bool) {
	if first || head > l.Snapshot(0).Head {
		l.observe(head, added)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.readAt = l.now()
	elapsed := time.Since(l.start)
	if elapsed-l.swept >= sweepEvery {
		l.swept = elapsed
		l.sweep(elapsed)
	}
	if !first && head == l.latest.Head {
		return
	}
	l.latest.Ready, l.latest.Head = true, head
	l.latest.Entries = append(l.latest.Entries, added...) // readers have a clipped part: what is theirs stays
	for range added {
		l.known = append(l.known, elapsed)
	}
	close(l.changed)
	l.changed = make(chan struct{})
}

// sweep forgets the entries that no token can need. The clock may have jumped: so a
// revocation counts from when it became known, and a key has some margin.
func (l *TrustLog) sweep(elapsed time.Duration) {
	entries, known := []TrustEntry{}, []time.Duration{} // readers keep what is theirs
	now := l.now()
	for i, e := range l.latest.Entries {
		needed := elapsed-l.known[i] < AccessTokenLife+TokenSlack || e.Expires.After(now)
		if e.Kind == KeyPublished {
			needed = e.Expires.Add(clockMargin).After(now)
		}
		if needed {
			entries, known = append(entries, e), append(known, l.known[i])
		}
	}
	l.latest.Entries, l.known = entries, known
}

// LiveKeys asks the store for the public keys that have not expired: also those
// that are not known yet, or not any more. Returns what the store returns.
func (l *TrustLog) LiveKeys(ctx context.Context) ([]TrustEntry, error) {
	return l.store.LiveKeys(ctx, l.now())
}

// Snapshot returns what is known beyond a sequence number, 0 for all that is live.
func (l *TrustLog) Snapshot(after uint64) Snapshot {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := l.latest
	n.Changed = l.changed
	age := l.now().Sub(l.readAt) // less than nothing after the clock was put back
	n.Fresh = age >= 0 && age < staleAfter
	i, _ := slices.BinarySearchFunc(n.Entries, after+1, func(e TrustEntry, seq uint64) int {
		return cmp.Compare(e.Sequence, seq)
	})
	n.Entries = slices.Clip(n.Entries[i:])
	return n
}
