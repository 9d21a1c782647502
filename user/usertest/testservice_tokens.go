package usertest

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
	"todokit/pkg/mutation"
	"todokit/user"
)

func (b *fixture) newToken(d device, scopes ...user.Scope) user.CreatePersonalToken {
	return user.CreatePersonalToken{
		Caller: d.Caller, Mutation: b.mutation(), Held: user.Scopes(), Name: "backup 🦊", Scopes: scopes,
	}
}

func (b *fixture) createToken(d device, in user.CreatePersonalToken) user.CreatedToken {
	b.Helper()
	made, err := b.Service.CreatePersonalToken(d.ctx, in)
	noErr(b.T, err)
	return made
}

// as is what a script is that uses the token.
func (b *fixture) as(t user.CreatedToken) device {
	b.Helper()
	access, err := b.Service.ExchangePersonalToken(b.Context(), t.Secret)
	noErr(b.T, err)
	return b.device(user.Grant{AccessToken: access.Raw, User: user.User{ID: t.Owner}}, t.ID)
}

func (b *fixture) endToken(d device, id ulid.ULID) error {
	_, err := b.Service.EndPersonalToken(d.ctx, user.EndPersonalToken{Caller: d.Caller, Mutation: b.mutation(), ID: id})
	return err
}

func (b *fixture) tokens(d device) []user.PersonalToken {
	b.Helper()
	all, err := b.Service.ListPersonalTokens(d.ctx, d.Caller)
	noErr(b.T, err)
	return all
}

func (b *fixture) refusesSecret(t user.CreatedToken) {
	b.Helper()
	_, err := b.Service.ExchangePersonalToken(b.Context(), t.Secret)
	wantErr(b.T, err, errs.ErrUnauthenticated)
}

var secretForm = regexp.MustCompile(`^tdk_[0-9A-Za-z]{49}$`)

func createToken(b *fixture) {
	p := b.register()
	d := b.signIn(p)
	in := b.newToken(d, user.ScopeAccount, user.ScopeTasksRead)
	in.Expires = b.clock.Now().Add(time.Hour)
	first := b.createToken(d, in)
	if !secretForm.MatchString(first.Secret) || !user.IsPersonalToken(first.Secret) {
		b.Fatalf("the secret is %q", first.Secret)
	}
	want := user.PersonalToken{
		ID: in.Mutation.ID, Owner: p.ID, Name: in.Name, CreateTime: ulid.Time(in.Mutation.ID.Time()).UTC(),
		Scopes: []user.Scope{user.ScopeTasksRead, user.ScopeAccount}, Expires: in.Expires,
	}
	sameTokens(b.T, []user.PersonalToken{first.PersonalToken}, want)
	b.clock.Add(time.Second)
	second := b.createToken(d, b.newToken(d, user.ScopeTasksWrite))
	if second.Secret == first.Secret {
		b.Fatal("a secret was given twice")
	}
	sameTokens(b.T, b.tokens(d), second.PersonalToken, want)
	sameTokens(b.T, b.tokens(b.signIn(b.register())))
}

func createTokenInvalid(b *fixture) {
	d := b.signIn(b.register())
	for _, c := range []struct {
		field string
		set   func(*user.CreatePersonalToken)
	}{
		{"id", func(n *user.CreatePersonalToken) { n.Mutation.ID = idAt(b.clock.Now().Add(25 * time.Hour)) }},
		{"name", func(n *user.CreatePersonalToken) { n.Name = " " }},
		{"name", func(n *user.CreatePersonalToken) { n.Name = strings.Repeat("é", 65) }},
		{"scopes", func(n *user.CreatePersonalToken) { n.Scopes = nil }},
		{"scopes", func(n *user.CreatePersonalToken) { n.Scopes = slices.Repeat([]user.Scope{"root"}, 4) }},
		{"scopes[0]", func(n *user.CreatePersonalToken) { n.Scopes = []user.Scope{""} }},
		{"scopes[0]", func(n *user.CreatePersonalToken) { n.Scopes = []user.Scope{"root", user.ScopeAccount} }},
		{"scopes[1]", func(n *user.CreatePersonalToken) { n.Scopes = []user.Scope{user.ScopeAccount, "Account"} }},
		{"scopes[2]", func(n *user.CreatePersonalToken) {
			n.Scopes = []user.Scope{user.ScopeAccount, user.ScopeTasksRead, user.ScopeAccount}
		}},
		{"expire_time", func(n *user.CreatePersonalToken) { n.Expires = b.clock.Now() }},
	} {
		bad := b.newToken(d, user.ScopeTasksRead)
		c.set(&bad)
		_, err := b.Service.CreatePersonalToken(d.ctx, bad)
		b.wantField(err, c.field)
	}
	sameTokens(b.T, b.tokens(d))
}

// createTokenRepeat: the secret of the lost answer is nobody's.
func createTokenRepeat(b *fixture) {
	d, stranger := b.signIn(b.register()), b.signIn(b.register())
	in := b.newToken(d, user.ScopeTasksRead)
	first := b.createToken(d, in)
	in.Mutation.Repeat = true
	again := b.createToken(d, in)
	sameTokens(b.T, b.tokens(d), again.PersonalToken)
	b.refusesSecret(first)
	b.as(again)

	foreign := b.newToken(stranger, user.ScopeTasksRead)
	foreign.Mutation = in.Mutation
	_, err := b.Service.CreatePersonalToken(stranger.ctx, foreign)
	b.wantField(err, "id")
}

func createTokenScopeNotHeld(b *fixture) {
	d := b.signIn(b.register())
	script := b.as(b.createToken(d, b.newToken(d, user.ScopeAccount, user.ScopeTasksRead)))
	in := b.newToken(script, user.ScopeTasksRead)
	in.Held = []user.Scope{user.ScopeTasksRead, user.ScopeAccount}
	b.as(b.createToken(script, in))
	in.Mutation, in.Scopes = b.mutation(), []user.Scope{user.ScopeTasksRead, user.ScopeTasksWrite}
	_, err := b.Service.CreatePersonalToken(script.ctx, in)
	wantErr(b.T, err, user.ErrScopeNotHeld)
	equal(b.T, len(b.tokens(d)), 2)
}

// createTokenExpiry: a token that expires makes none that lives longer, over any
// number of steps. A session, which expires too, may make one that never does.
func createTokenExpiry(b *fixture) {
	d := b.signIn(b.register())
	now := b.clock.Now()
	at := now.Add
	for _, c := range []struct{ parent, asked, want time.Time }{
		{time.Time{}, time.Time{}, time.Time{}},
		{time.Time{}, at(time.Hour), at(time.Hour)},
		{at(time.Hour), time.Time{}, at(time.Hour)},
		{at(time.Hour), at(time.Hour), at(time.Hour)},
		{at(time.Hour), at(time.Minute), at(time.Minute)},
		{at(time.Hour), at(time.Hour).In(time.FixedZone("", 3600)), at(time.Hour)},
	} {
		in := b.newToken(d, user.ScopeAccount)
		in.Expires = c.parent
		script := b.as(b.createToken(d, in))
		for range 3 {
			in := b.newToken(script, user.ScopeAccount)
			in.Expires = c.asked
			made := b.createToken(script, in)
			equal(b.T, made.Expires, c.want)
			script = b.as(made)
		}
	}
	in := b.newToken(d, user.ScopeAccount)
	in.Expires = at(time.Hour)
	parent := b.createToken(d, in)
	script := b.as(parent)
	for _, asked := range []time.Time{at(time.Hour + time.Microsecond), at(2 * time.Hour), at(365 * 24 * time.Hour), at(time.Hour).In(time.FixedZone("", 3600)).Add(time.Second)} {
		in := b.newToken(script, user.ScopeAccount)
		in.Expires = asked
		_, err := b.Service.CreatePersonalToken(script.ctx, in)
		b.wantField(err, "expire_time")
	}
	// Nor does it change itself, or one that was made by others, in a "repeat".
	for _, taken := range []ulid.ULID{parent.ID, b.createToken(d, b.newToken(d, user.ScopeAccount)).ID} {
		in := b.newToken(script, user.ScopeAccount)
		in.Mutation = mutation.Mutation{ID: taken, Repeat: true}
		_, err := b.Service.CreatePersonalToken(script.ctx, in)
		b.wantField(err, "id")
	}
}

// createTokenParentEnded: what was made with a token ends with it, and what has ended
// makes none.
func createTokenParentEnded(b *fixture) {
	d := b.signIn(b.register())
	parent := b.createToken(d, b.newToken(d, user.ScopeAccount))
	script := b.as(parent)
	child := b.createToken(script, b.newToken(script, user.ScopeAccount))
	grandchild := b.createToken(b.as(child), b.newToken(b.as(child), user.ScopeAccount))
	other := b.createToken(d, b.newToken(d, user.ScopeAccount))
	noErr(b.T, b.endToken(d, parent.ID))
	for _, ended := range []user.CreatedToken{parent, child, grandchild} {
		b.refusesSecret(ended)
	}
	sameTokens(b.T, b.tokens(d), other.PersonalToken)
	// Its access token may not be known yet to be revoked.
	_, err := b.Service.CreatePersonalToken(script.ctx, b.newToken(script, user.ScopeAccount))
	wantErr(b.T, err, errs.ErrUnauthenticated)
	second := b.signIn(b.register())
	noErr(b.T, b.end(second, second.SessionID))
	_, err = b.Service.CreatePersonalToken(second.ctx, b.newToken(second, user.ScopeTasksRead))
	wantErr(b.T, err, errs.ErrUnauthenticated)
}

func createTokenLimit(b *fixture) {
	d := b.signIn(b.register())
	var last user.CreatedToken
	for range user.MaxPersonalTokens {
		last = b.createToken(d, b.newToken(d, user.ScopeTasksRead))
	}
	_, err := b.Service.CreatePersonalToken(d.ctx, b.newToken(d, user.ScopeTasksRead))
	wantErr(b.T, err, user.ErrTokenLimit)
	noErr(b.T, b.endToken(d, last.ID))
	b.createToken(d, b.newToken(d, user.ScopeTasksRead))
}

func exchangeToken(b *fixture) {
	p := b.register()
	d := b.signIn(p)
	made := b.createToken(d, b.newToken(d, user.ScopeAccount))
	b.clock.Add(time.Second)
	access, err := b.Service.ExchangePersonalToken(b.Context(), made.Secret)
	noErr(b.T, err)
	equal(b.T, access.Expires, b.clock.Now().Truncate(time.Second).Add(user.AccessTokenLife))
	used := b.clock.Now()
	script := b.as(made)
	u, err := b.Service.GetUser(script.ctx, script.Caller)
	noErr(b.T, err)
	equal(b.T, u.ID, p.ID)
	equal(b.T, b.tokens(d)[0].UseTime, used)

	b.clock.Add(59 * time.Second)
	b.as(made)
	equal(b.T, b.tokens(d)[0].UseTime, used)
	b.clock.Add(time.Second)
	b.as(made)
	equal(b.T, b.tokens(d)[0].UseTime, b.clock.Now())

	for _, secret := range []string{"", "tdk_", "garbage", made.Secret + "0", "tdk_0" + made.Secret[4:52], "tdk_" + strings.Repeat("0", 49)} {
		_, err := b.Service.ExchangePersonalToken(b.Context(), secret)
		wantErr(b.T, err, errs.ErrUnauthenticated)
	}
}

func exchangeTokenExpired(b *fixture) {
	d := b.signIn(b.register())
	in := b.newToken(d, user.ScopeAccount)
	in.Expires = b.clock.Now().Add(5 * time.Minute)
	made := b.createToken(d, in)
	access, err := b.Service.ExchangePersonalToken(b.Context(), made.Secret)
	noErr(b.T, err)
	equal(b.T, access.Expires, in.Expires.Truncate(time.Second))
	b.clock.Set(in.Expires)
	b.refusesSecret(made)
	sameTokens(b.T, b.tokens(d))
}

func endTokenOne(b *fixture) {
	d, stranger := b.signIn(b.register()), b.signIn(b.register())
	first, second := b.createToken(d, b.newToken(d, user.ScopeAccount)), b.createToken(d, b.newToken(d, user.ScopeAccount))
	wantErr(b.T, b.endToken(stranger, first.ID), user.ErrTokenNotFound)
	wantErr(b.T, b.endToken(d, d.SessionID), user.ErrTokenNotFound)
	b.wantField(b.endToken(d, ulid.Zero), "id")
	noErr(b.T, b.endToken(d, first.ID))
	b.refusesSecret(first)
	wantErr(b.T, b.endToken(d, first.ID), user.ErrTokenNotFound)
	_, err := b.Service.EndPersonalToken(d.ctx, user.EndPersonalToken{
		Caller: d.Caller, Mutation: mutation.Mutation{ID: b.clock.NewID(), Repeat: true}, ID: first.ID,
	})
	noErr(b.T, err)
	sameTokens(b.T, b.tokens(d), second.PersonalToken)
	noErr(b.T, b.endToken(b.as(second), second.ID)) // by itself
	sameTokens(b.T, b.tokens(d))
}

// changePasswordEndsTokens: a new password ends all but the one it is asked with, and
// signing out everywhere ends none.
func changePasswordEndsTokens(b *fixture) {
	p := b.register()
	d := b.signIn(p)
	kept, other := b.createToken(d, b.newToken(d, user.ScopeAccount)), b.createToken(d, b.newToken(d, user.ScopeAccount))
	script := b.as(kept)
	_, err := b.Service.EndSessions(script.ctx, user.EndSessions{Caller: script.Caller, Mutation: b.mutation(), All: true})
	noErr(b.T, err)
	b.ended(d)
	b.as(other)
	b.clock.Add(time.Minute)
	change := b.passwordChange(script, p)
	_, err = b.Service.ChangePassword(script.ctx, change)
	noErr(b.T, err)
	b.refusesSecret(other)
	script = b.as(kept)
	_, err = b.Service.DeleteUser(script.ctx, b.deletion(script, change.New))
	noErr(b.T, err)
	b.refusesSecret(kept)
	_, err = b.Service.ListPersonalTokens(script.ctx, script.Caller)
	wantErr(b.T, err, errs.ErrUnauthenticated)
}
