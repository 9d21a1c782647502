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

// HashLimits are what hashes pass: first the limiter of their priority, then All.
// A nil limiter has no bounds.
type HashLimits struct {
	Register, SignIn, Known *loadshed.Limiter
	All                     *loadshed.Limiter
}

// NewHashLimits returns the limits for a Hasher. Each hash takes a core and 19 MiB, so
// one less at a time is made than there are cores, but at least one.
//
// Of each priority only so many get to where the cores are waited for, at any time:
// for each core 1 registration, 4 sign-ins and 12 of known devices. So a flood of
// one kind makes another wait for no more than that, and each gets its turns. The
// others wait before that: 4 registrations for each core, 12 sign-ins and 25 of known
// devices. Whoever waits holds a place of the gateway, and of its 24 some must be left
// for known devices. All go in the order of arrival: no queue is longer than what a
// caller waits, so that whoever is in it is in time.
func NewHashLimits(reg prometheus.Registerer) HashLimits {
	cores := max(runtime.GOMAXPROCS(0)-1, 1)
	limiter := func(name string, concurrent, queue int) *loadshed.Limiter {
		return loadshed.New(loadshed.Options{
			Name: name, Concurrent: concurrent * cores, Queue: queue * cores, Wait: longestHashWait, InOrder: true, Registerer: reg,
		})
	}
	return HashLimits{
		Register: limiter("argon2id_register", 1, 4),
		SignIn:   limiter("argon2id_sign_in", 4, 12),
		Known:    limiter("argon2id_known", 12, queuePerHash),
		All:      limiter("argon2id", 1, queuePerHash),
	}
}

func (l HashLimits) of(p user.Priority) *loadshed.Limiter {
	switch p {
	case user.PriorityKnown:
		return l.Known
	case user.PrioritySignIn:
		return l.SignIn
	default:
		return l.Register
	}
}

// Hasher is a user.Passwords.
type Hasher struct{ limits HashLimits }

var _ user.Passwords = (*Hasher)(nil)

// NewHasher returns a Hasher whose hashes pass the limits.
func NewHasher(limits HashLimits) *Hasher { return &Hasher{limits} }

// Hash returns errs.ErrOverloaded if too many wait already, or if its turn does
// not come well before the caller's deadline.
func (h *Hasher) Hash(ctx context.Context, in user.NewPassword) (hash string, err error) {
	err = h.run(ctx, in.Priority, func() error {
		hash, err = argon2id.CreateHash(in.Password, params())
		return err
	})
	return hash, err
}

// Verify returns errs.ErrOverloaded as Hash.
func (h *Hasher) Verify(ctx context.Context, check user.PasswordCheck) (right bool, err error) {
	if check.Hash == "" {
		check.Hash = unknownHash
	}
	err = h.run(ctx, check.Priority, func() error {
		right, err = argon2id.ComparePasswordAndHash(check.Password, check.Hash)
		return err
	})
	return right, err
}

func (h *Hasher) run(ctx context.Context, priority user.Priority, hash func() error) error {
	ctx, cancel := beforeDeadline(ctx, hashReserve)
	defer cancel()
	own := h.limits.of(priority)
	if err := own.Enter(ctx); err != nil {
		return err
	}
	defer own.Leave()
	if err := h.limits.All.Enter(ctx); err != nil {
		return err
	}
	defer h.limits.All.Leave()
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
