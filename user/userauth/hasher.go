// Package userauth holds what the rules of package user need from the world
// to know who somebody is: slow password hashes, the comparison form of names,
// and access tokens signed with keys that every service can check.
package userauth

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/alexedwards/argon2id"

	"todokit/pkg/errs"
	"todokit/user"
)

// params are argon2id's (RFC 9106) as OWASP recommends them: 19 MiB, about
// 35 ms. Verify takes those that a hash was made with.
func params() *argon2id.Params {
	return &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}
}

// unknownHash is what the password for an unknown account is compared with:
// it has the same cost as any, and is of no password.
const unknownHash = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

const (
	// queuePerHash bounds how many wait for one running hash: about 0.9 s of
	// work, less than a caller waits for one attempt.
	queuePerHash = 25
	// hashReserve is what must be left of a caller's time when a hash begins,
	// on a busy machine: nothing can stop one, and its result would come to
	// nobody.
	hashReserve = 150 * time.Millisecond
)

// Hasher is a user.Passwords. It runs few hashes at a time, since each takes
// a core and 19 MiB, and lets a bounded number wait.
type Hasher struct {
	running chan struct{}
	waiting chan struct{}
}

var _ user.Passwords = (*Hasher)(nil)

// HasherOptions bound a Hasher. The zero value is right for a service.
type HasherOptions struct {
	Concurrent int // hashes at a time; 0: one less than there are cores, at least 1
	Queue      int // that may wait; 0: 25 for each that runs
}

// NewHasher returns a Hasher.
func NewHasher(o HasherOptions) *Hasher {
	if o.Concurrent <= 0 {
		o.Concurrent = max(runtime.GOMAXPROCS(0)-1, 1)
	}
	if o.Queue <= 0 {
		o.Queue = queuePerHash * o.Concurrent
	}
	return &Hasher{
		running: make(chan struct{}, o.Concurrent),
		waiting: make(chan struct{}, o.Queue+o.Concurrent),
	}
}

// Hash is part of user.Passwords.
func (h *Hasher) Hash(ctx context.Context, password string) (hash string, err error) {
	err = h.run(ctx, func() error {
		hash, err = argon2id.CreateHash(password, params())
		return err
	})
	return hash, err
}

// Verify is part of user.Passwords.
func (h *Hasher) Verify(ctx context.Context, check user.PasswordCheck) (right bool, err error) {
	if check.Hash == "" {
		check.Hash = unknownHash
	}
	err = h.run(ctx, func() error {
		right, err = argon2id.ComparePasswordAndHash(check.Password, check.Hash)
		return err
	})
	return right, err
}

// run waits for its turn. Returns errs.ErrOverloaded if too many wait already
// or the turn does not come well before the caller's deadline.
func (h *Hasher) run(ctx context.Context, hash func() error) error {
	select {
	case h.waiting <- struct{}{}:
		defer func() { <-h.waiting }()
	default:
		return errs.ErrOverloaded.Wrap(errors.New("too many password hashes are waiting"))
	}
	ctx, cancel := lastCall(ctx)
	defer cancel()
	select {
	case h.running <- struct{}{}:
		defer func() { <-h.running }()
	case <-ctx.Done():
		return givenUp(ctx.Err())
	}
	// Both may have been ready: no work for a caller that is gone.
	if err := ctx.Err(); err != nil {
		return givenUp(err)
	}
	if err := hash(); err != nil {
		return fmt.Errorf("argon2id: %w", err)
	}
	return nil
}

// lastCall returns a context that ends when it is too late to begin.
func lastCall(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, deadline.Add(-hashReserve))
}

func givenUp(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return errs.ErrOverloaded.Wrap(err)
	}
	return errs.ErrCancelled.Wrap(err)
}
