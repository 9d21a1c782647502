package usertest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"todokit/pkg/errs"
	"todokit/user"
)

// guess tries a wrong password from an address.
func (b *fixture) guess(name string, at int) error {
	b.Helper()
	_, err := b.Service.SignIn(b.Context(), user.SignIn{
		SessionID: b.clock.NewID(), Name: name, Password: "wrong horse", Origin: b.origin(at),
	})
	return err
}

// try signs in with the right password.
func (b *fixture) try(p person, at int) error {
	b.Helper()
	in := b.credentials(p)
	in.Origin = b.origin(at)
	_, err := b.Service.SignIn(b.Context(), in)
	return err
}

// waits checks that the next attempt has to wait so long.
func (b *fixture) waits(err error, want time.Duration) {
	b.Helper()
	wantErr(b.T, err, user.ErrThrottled)
	equal(b.T, errs.From(err).RetryAfter, want)
}

// Addresses of one test, each of another subscriber: of the owner, of somewhere
// else, and of strangers from then on.
const (
	home = iota
	elsewhere
	anywhere
)

// signInThrottledByAccount: ten failures are free, and then each doubles the delay,
// whoever asks, and whether there is such an account or not.
func signInThrottledByAccount(b *fixture) {
	p := b.register()
	for _, name := range []string{p.Name, "nobody-" + rand.Text(), "no such name! " + rand.Text()} {
		for i := range user.FreeAccountFailures {
			wantErr(b.T, b.guess(name, anywhere+i), user.ErrBadCredentials)
		}
		delay := user.FirstDelay
		for range 12 {
			b.waits(b.guess(name, anywhere+1), delay)
			b.waits(b.guess(strings.ToUpper(name), elsewhere), delay)
			b.clock.Add(delay)
			wantErr(b.T, b.guess(name, anywhere+2), user.ErrBadCredentials)
			delay = min(2*delay, user.LongestDelay)
		}
		b.waits(b.guess(name, anywhere+3), user.LongestDelay)
		if name == p.Name {
			b.waits(b.try(p, elsewhere), user.LongestDelay) // not even with the right password
		}
	}
}

// signInFailuresForgotten: a success, or time, makes failures free again.
func signInFailuresForgotten(b *fixture) {
	p := b.register()
	for range 3 {
		for range user.FreeAccountFailures - 1 {
			wantErr(b.T, b.guess(p.Name, elsewhere), user.ErrBadCredentials)
		}
		b.clock.Add(user.FailureWindow)
	}
	q := b.register()
	for range user.FreeAccountFailures - 1 {
		wantErr(b.T, b.guess(q.Name, elsewhere), user.ErrBadCredentials)
	}
	noErr(b.T, b.try(q, elsewhere))
	for range user.FreeAccountFailures {
		wantErr(b.T, b.guess(q.Name, anywhere+1), user.ErrBadCredentials)
	}
	b.waits(b.guess(q.Name, anywhere+1), user.FirstDelay)

	// To wait for the end of a delay buys one attempt, not ten.
	b.clock.Add(user.FirstDelay)
	wantErr(b.T, b.guess(q.Name, anywhere+1), user.ErrBadCredentials)
	b.clock.Add(2*user.FirstDelay + user.FailureWindow)
	for range user.FreeAccountFailures {
		wantErr(b.T, b.guess(q.Name, anywhere+1), user.ErrBadCredentials)
	}
}

// signInKnownAddress: strangers do not keep the owner out where they have been
// before, and have no more attempts by that.
func signInKnownAddress(b *fixture) {
	p := b.register()
	noErr(b.T, b.try(p, home))
	for i := range user.FreeAccountFailures {
		wantErr(b.T, b.guess(p.Name, anywhere+i), user.ErrBadCredentials)
	}
	b.waits(b.try(p, elsewhere), user.FirstDelay)
	noErr(b.T, b.try(p, home))
	b.waits(b.try(p, elsewhere), user.FirstDelay)

	// That place has a counter of its own.
	for range user.FreeAccountFailures {
		wantErr(b.T, b.guess(p.Name, home), user.ErrBadCredentials)
	}
	b.waits(b.try(p, home), user.FirstDelay)
	b.clock.Add(user.FirstDelay)
	noErr(b.T, b.try(p, home))

	// It is forgotten after a long time without a sign-in.
	b.clock.Add(user.KnownLife)
	for i := range user.FreeAccountFailures {
		wantErr(b.T, b.guess(p.Name, anywhere+i), user.ErrBadCredentials)
	}
	b.waits(b.try(p, home), user.FirstDelay)
}

// signInThrottledByAddress: who tries one password on many accounts is slowed down by
// address, of IPv6 by what a subscriber is given; one's own account helps nothing.
func signInThrottledByAddress(b *fixture) {
	own, other := b.register(), b.register()
	noErr(b.T, b.try(other, elsewhere))
	for i := range user.FreeAddressFailures {
		if i == user.FreeAddressFailures/2 {
			noErr(b.T, b.try(own, home))
		}
		in := b.credentials(person{user.User{Name: fmt.Sprintf("name-%d", i)}, "wrong horse"})
		in.Origin.Address = b.address(elsewhere) + fmt.Sprintf("%x", i+100) // of the same subscriber
		_, err := b.Service.SignIn(b.Context(), in)
		wantErr(b.T, err, user.ErrBadCredentials)
	}
	b.waits(b.guess("another", elsewhere), user.FirstDelay)
	b.waits(b.try(own, elsewhere), user.FirstDelay)
	noErr(b.T, b.try(own, home))
	noErr(b.T, b.try(other, elsewhere)) // known there: behind the same router
}

// changePasswordThrottled: a stolen access token is no way to find the password out.
func changePasswordThrottled(b *fixture) {
	p := b.register()
	d := b.signIn(p)
	b.clock.Add(time.Minute)
	wrong := b.passwordChange(d, p)
	wrong.Current = "wrong horse"
	for range user.FreeAccountFailures / 2 {
		_, err := b.Service.ChangePassword(d.ctx, wrong)
		wantErr(b.T, err, user.ErrWrongPassword)
		_, err = b.Service.DeleteUser(d.ctx, b.deletion(d, "wrong horse"))
		wantErr(b.T, err, user.ErrWrongPassword)
	}
	_, err := b.Service.DeleteUser(d.ctx, b.deletion(d, p.password))
	wantErr(b.T, err, user.ErrThrottled)
	b.signIn(p) // is another matter
}

// signInConcurrentGuesses: of many guesses at the same moment no more are answered than
// are free.
func signInConcurrentGuesses(b *fixture) {
	p := b.register()
	for range user.FreeAccountFailures - 3 {
		wantErr(b.T, b.guess(p.Name, elsewhere), user.ErrBadCredentials)
	}
	answered := 0
	for _, err := range race(func(int) error { return b.guess(p.Name, elsewhere) }) {
		switch {
		case errors.Is(err, user.ErrBadCredentials):
			answered++
		case !errors.Is(err, user.ErrThrottled):
			b.Fatal(err)
		}
	}
	equal(b.T, answered, 3)
}

// registerRepeatThrottled: a registration that is marked as a repeat tries a password as
// well as a sign-in does, and is counted with those.
func registerRepeatThrottled(b *fixture) {
	in := b.registration()
	u, err := b.Service.Register(b.Context(), in)
	noErr(b.T, err)
	p := person{u, in.Password}
	in.Mutation.Repeat = true
	guess := func(name string, at int) error {
		wrong := in
		wrong.Name, wrong.Password, wrong.Origin = name, "wrong horse battery", b.origin(at)
		_, err := b.Service.Register(b.Context(), wrong)
		return err
	}
	names := []string{p.Name, strings.ToUpper(p.Name), strings.ToLower(p.Name)}
	for i := range user.FreeAccountFailures {
		wantErr(b.T, guess(names[i%3], anywhere+i), user.ErrNameTaken)
	}
	b.waits(guess(p.Name, anywhere), user.FirstDelay)
	_, err = b.Service.Register(b.Context(), in) // not even with the right password
	b.waits(err, user.FirstDelay)
	b.waits(b.try(p, elsewhere), user.FirstDelay)
	b.clock.Add(user.FirstDelay)
	again, err := b.Service.Register(b.Context(), in)
	noErr(b.T, err)
	equal(b.T, again, u)

	// One half of the free failures here, the other there.
	for i := range user.FreeAccountFailures / 2 {
		wantErr(b.T, guess(p.Name, anywhere+i), user.ErrNameTaken)
		wantErr(b.T, b.guess(p.Name, anywhere+i), user.ErrBadCredentials)
	}
	b.waits(guess(p.Name, elsewhere), user.FirstDelay)
	b.waits(b.guess(p.Name, elsewhere), user.FirstDelay)
}
