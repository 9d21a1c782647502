// Package userauth holds what the rules of package user need to know who
// somebody is: slow password hashes, the comparison form of names, and access
// tokens signed with keys that every service can check.
package userauth

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/prometheus/client_golang/prometheus"

	"todokit/pkg/loadshed"
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
	// longestHashWait is for callers without an earlier deadline.
	longestHashWait = 10 * time.Second
	// hashReserve is what must be left of a caller's time when a hash begins,
	// on a busy machine: nothing can stop one, and its result would come to
	// nobody.
	hashReserve = 150 * time.Millisecond
)

// HashLimiter returns the limiter for a Hasher: each hash takes a core and
// 19 MiB, so one less at a time than there are cores (but at least one), and 25
// that wait for each. They go in the order of arrival: the queue is shorter than
// what a caller waits, so that whoever is in it is in time.
func HashLimiter(reg prometheus.Registerer) *loadshed.Limiter {
	concurrent := max(runtime.GOMAXPROCS(0)-1, 1)
	return loadshed.New(loadshed.Options{
		Name: "argon2id", Concurrent: concurrent, Queue: queuePerHash * concurrent, Wait: longestHashWait, InOrder: true, Registerer: reg,
	})
}

// Hasher is a user.Passwords.
type Hasher struct{ limiter *loadshed.Limiter }

var _ user.Passwords = (*Hasher)(nil)

// NewHasher returns a Hasher whose hashes pass the limiter; nil: all at once.
func NewHasher(limiter *loadshed.Limiter) *Hasher { return &Hasher{limiter} }

// Hash returns errs.ErrOverloaded if too many wait already, or if its turn does
// not come well before the caller's deadline.
func (h *Hasher) Hash(ctx context.Context, password string) (hash string, err error) {
	err = h.run(ctx, func() error {
		hash, err = argon2id.CreateHash(password, params())
		return err
	})
	return hash, err
}

// Verify returns errs.ErrOverloaded as Hash.
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

func (h *Hasher) run(ctx context.Context, hash func() error) error {
	ctx, cancel := beforeDeadline(ctx, hashReserve)
	defer cancel()
	if err := h.limiter.Enter(ctx); err != nil {
		return err
	}
	defer h.limiter.Leave()
	if err := hash(); err != nil {
		return fmt.Errorf("argon2id: %w", err)
	}
	return nil
}

// beforeDeadline returns a context that ends some time before the deadline of ctx.
func beforeDeadline(ctx context.Context, reserve time.Duration) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, deadline.Add(-reserve))
}
