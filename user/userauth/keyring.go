package userauth

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/backoff"
	"todokit/pkg/errs"
	"todokit/pkg/token"
	"todokit/user"
)

// How a key lives. It is replaced daily; it would be good for a second day,
// so that a database that is away when the day is over stops nobody.
const (
	rotateEvery   = 24 * time.Hour
	keyLife       = 2 * rotateEvery
	rotateRetry   = time.Second
	rotateCheck   = time.Minute // by the wall clock: a laptop's timers stand still while it sleeps
	rotateTimeout = 5 * time.Second
	// announceFor is how long a key that replaces another is known before it
	// is used, so that no service meets a token of a key it has yet to hear of.
	announceFor = 10 * time.Second
	// announceFirst is that for the first key of an instance where there are others:
	// each hears of it within a quarter of a second.
	announceFirst = 500 * time.Millisecond
	// clockSlack is by how much a key may seem to live for too long before it is
	// taken to have been made while the clock was ahead.
	clockSlack = time.Minute
)

// Keyring is a user.Tokens: it signs access tokens with a key of its own, the
// private half of which never leaves the process. The public half is in the
// trust log before the first token is signed.
type Keyring struct {
	store    user.TrustStore
	trustLog *user.TrustLog
	now      func() time.Time
	making   chan struct{} // held by the one that makes a key because there is none

	mu     sync.RWMutex
	signer *token.Signer // nil: none is published yet
	until  time.Time     // when its last token must have expired
}

var _ user.Tokens = (*Keyring)(nil)

// NewKeyring returns a Keyring that has no key yet; see Run. trustLog is the
// instance's own, of store.
func NewKeyring(store user.TrustStore, trustLog *user.TrustLog, now func() time.Time) *Keyring {
	return &Keyring{store: store, trustLog: trustLog, now: now, making: make(chan struct{}, 1)}
}

// Ready says whether tokens can be issued.
func (k *Keyring) Ready() bool {
	_, _, err := k.current()
	return err == nil
}

// current returns the signer, and the second in which it would sign. Returns
// errs.ErrUnavailable if no published key outlives a token.
func (k *Keyring) current() (*token.Signer, time.Time, error) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	now := k.now().UTC().Truncate(time.Second)
	if k.signer == nil || now.Add(user.AccessTokenLife).After(k.until) {
		return nil, now, errs.ErrUnavailable.Wrap(errors.New("no signing key is published"))
	}
	return k.signer, now, nil
}

// due says whether it is time for another key: the present one is old, or was made
// while the clock was ahead.
func (k *Keyring) due() bool {
	k.mu.RLock()
	defer k.mu.RUnlock()
	left := k.until.Sub(k.now())
	return k.signer == nil || left <= keyLife-rotateEvery || left > keyLife+clockSlack
}

// Ensure makes a key if there is none that outlives a token: after the clock has
// jumped, nobody has to wait until Run notices. All who miss the key at the same
// time wait for one. Returns what the store returns.
func (k *Keyring) Ensure(ctx context.Context) error {
	return k.ensure(ctx, func() bool { return true })
}

// ensure publishes a key and uses it, unless announced returns false.
func (k *Keyring) ensure(ctx context.Context, announced func() bool) error {
	if k.Ready() {
		return nil
	}
	select {
	case k.making <- struct{}{}:
		defer func() { <-k.making }()
	case <-ctx.Done():
		return errs.From(ctx.Err())
	}
	if k.Ready() {
		return nil
	}
	use, err := k.Publish(ctx)
	if err != nil {
		return err
	}
	if !announced() {
		return errs.From(ctx.Err())
	}
	use()
	return nil
}

func (k *Keyring) Issue(ctx context.Context, in user.Issue) (user.AccessToken, error) {
	signer, issued, err := k.current()
	if err != nil && k.started() {
		if err := k.Ensure(ctx); err != nil {
			return user.AccessToken{}, err
		}
		signer, issued, err = k.current()
	}
	if err != nil {
		return user.AccessToken{}, err
	}
	expires := issued.Add(user.AccessTokenLife)
	if !in.Until.IsZero() && in.Until.Before(expires) {
		expires = in.Until.UTC().Truncate(time.Second)
	}
	raw, err := signer.Sign(token.Claims{
		UserID: in.UserID, SessionID: in.SessionID, Scopes: ScopesOf(in.Scopes),
		TokenID:  ulid.MustNew(ulid.Timestamp(issued), rand.Reader).String(),
		IssuedAt: issued, Expires: expires,
	})
	return user.AccessToken{Raw: raw, Expires: expires}, err
}

// Run makes the first key at once and another each day, until ctx ends. What
// goes wrong is reported when it begins, and tried again.
func (k *Keyring) Run(ctx context.Context, report func(error)) {
	for wait, failing := time.Duration(0), false; backoff.Sleep(ctx, wait); {
		wait = rotateCheck
		if !k.due() {
			continue
		}
		err := k.replace(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			report(err)
		}
		if failing = err != nil; failing {
			wait = rotateRetry
		}
	}
}

// started says whether there has been a key: before the first one, no call is
// served.
func (k *Keyring) started() bool {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.signer != nil
}

// replace publishes a key, and uses it after it has been known for a while, or at
// once if there is no other.
func (k *Keyring) replace(ctx context.Context) error {
	if !k.Ready() {
		return k.ensure(ctx, func() bool {
			return k.started() || !k.hasOthers(ctx) || backoff.Sleep(ctx, announceFirst)
		})
	}
	use, err := k.Publish(ctx)
	if err != nil {
		return err
	}
	if !backoff.Sleep(ctx, announceFor) {
		return ctx.Err()
	}
	use()
	return nil
}

// hasOthers says whether there are keys beside the first one of this instance:
// other instances may serve already, whose followers have yet to hear of it.
func (k *Keyring) hasOthers(ctx context.Context) bool {
	keys, err := k.trustLog.LiveKeys(ctx)
	return err != nil || len(keys) > 1
}

// Publish makes a key, puts its public half into the trust log, and returns
// the function that begins to sign with it, when the instance's own trust log
// has read it. Returns what the store returns.
func (k *Keyring) Publish(ctx context.Context) (use func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, rotateTimeout)
	defer cancel()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, fmt.Errorf("make a signing key: %w", err)
	}
	key := user.PublicKey{ID: thumbprint(public), Key: public, Expires: k.now().UTC().Truncate(time.Second).Add(keyLife)}
	if _, err := k.store.PublishKey(ctx, key); err != nil {
		return nil, fmt.Errorf("publish a signing key: %w", err)
	}
	if err := k.trustLog.Refresh(ctx); err != nil {
		return nil, fmt.Errorf("see the published key: %w", err)
	}
	return func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.signer, k.until = token.NewSigner(key.ID, private), key.Expires
	}, nil
}

// thumbprint is the key's RFC 7638 name, which nobody has to choose.
func thumbprint(key ed25519.PublicKey) string {
	x := base64.RawURLEncoding.EncodeToString(key)
	sum := sha256.Sum256([]byte(`{"crv":"Ed25519","kty":"OKP","x":"` + x + `"}`))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
