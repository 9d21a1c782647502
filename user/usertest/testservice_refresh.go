package usertest

import (
	"encoding/base64"
	"time"

	"todokit/pkg/errs"
	"todokit/user"
)

func refreshSpends(b *fixture) {
	p := b.register()
	d := b.signIn(p)
	tokens := map[string]bool{d.grant.RefreshToken: true}
	for range 5 {
		b.clock.Add(time.Hour)
		next := b.works(d)
		if next.grant.AccessToken == d.grant.AccessToken || tokens[next.grant.RefreshToken] {
			b.Fatal("a token was given twice")
		}
		equal(b.T, next.grant.User, p.User)
		equal(b.T, next.grant.Expires, b.clock.Now().Truncate(time.Second).Add(user.AccessTokenLife))
		tokens[next.grant.RefreshToken] = true
		d = next
	}
	sessions, err := b.Service.ListSessions(d.ctx, d.Caller)
	noErr(b.T, err)
	equal(b.T, len(sessions), 1)
	s := sessions[0]
	if s.Address != b.origin(elsewhere).Address || s.UserAgent != "Firefox" || !s.UseTime.Equal(b.clock.Now()) || !s.Expires.Equal(b.clock.Now().Add(user.RefreshTokenLife)) {
		b.Fatalf("got %+v", s)
	}
}

func refreshRepeat(b *fixture) {
	d := b.signIn(b.register())
	first := b.works(d)
	b.clock.Add(user.RefreshGrace)
	again := b.works(d)
	equal(b.T, again.grant.RefreshToken, first.grant.RefreshToken)
	if again.grant.AccessToken == first.grant.AccessToken {
		b.Fatal("the access token is not a fresh one")
	}
	b.works(again)
}

func refreshReused(b *fixture) {
	p := b.register()
	d, bystander := b.signIn(p), b.signIn(p)
	next := b.works(d)
	b.clock.Add(user.RefreshGrace + time.Second)
	b.ended(d)
	b.ended(next)
	b.works(bystander)
}

func refreshOld(b *fixture) {
	d := b.signIn(b.register())
	second := b.works(d)
	third := b.works(second)
	b.ended(d)
	b.ended(third)
}

func refreshForged(b *fixture) {
	d := b.signIn(b.register())
	stranger := b.signIn(b.register())
	raw, err := base64.RawURLEncoding.DecodeString(d.grant.RefreshToken)
	noErr(b.T, err)
	foreign, err := base64.RawURLEncoding.DecodeString(stranger.grant.RefreshToken)
	noErr(b.T, err)
	changed := func(i int) string {
		c := append([]byte(nil), raw...)
		c[i] ^= 1
		return base64.RawURLEncoding.EncodeToString(c)
	}
	for name, token := range map[string]string{
		"garbage":            "garbage",
		"another session":    changed(15),
		"another family":     changed(16),
		"a later generation": changed(35),
		"another secret":     changed(len(raw) - 1),
		"a stranger's":       base64.RawURLEncoding.EncodeToString(append(raw[:16:16], foreign[16:]...)),
		"another spelling":   d.grant.RefreshToken + "=",
	} {
		if _, err := b.refresh(token); errs.From(err) == nil || errs.From(err).Code != user.ErrBadRefreshToken.Code {
			b.Errorf("%s: got %v", name, err)
		}
	}
	_, err = b.refresh("")
	b.wantField(err, "refresh_token")
	b.works(d)
}

// Whoever knows a session's family secret, but not the token that was just
// spent, has an older one, or guesses.
func refreshGuessed(b *fixture) {
	d := b.signIn(b.register())
	next := b.works(d)
	raw, err := base64.RawURLEncoding.DecodeString(d.grant.RefreshToken)
	noErr(b.T, err)
	raw[len(raw)-1] ^= 1
	_, err = b.refresh(base64.RawURLEncoding.EncodeToString(raw))
	wantErr(b.T, err, user.ErrBadRefreshToken)
	b.ended(next)
}

func refreshExpired(b *fixture) {
	p := b.register()
	d := b.signIn(p)
	b.clock.Add(user.RefreshTokenLife - time.Second)
	used := b.works(d)
	b.clock.Add(user.RefreshTokenLife - time.Second)
	used = b.works(used)
	b.clock.Add(user.RefreshTokenLife)
	b.ended(used)
	fresh := b.signIn(p)
	sessions, err := b.Service.ListSessions(fresh.ctx, fresh.Caller)
	noErr(b.T, err)
	equal(b.T, len(sessions), 1)
}
