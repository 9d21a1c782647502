package usertest

import (
	"fmt"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
	"todokit/pkg/mutation"
	"todokit/pkg/optional"
	"todokit/user"
)

func register(b *fixture) {
	in := b.registration()
	u, err := b.Service.Register(b.Context(), in)
	noErr(b.T, err)
	equal(b.T, u, user.User{
		ID: in.Mutation.ID, Name: in.Name, NickName: in.NickName, CreateTime: ulid.Time(in.Mutation.ID.Time()).UTC(),
		UpdateTime: b.clock.Now(), Version: 1, Mutation: in.Mutation.ID,
	})
	d := b.signIn(person{u, in.Password})
	equal(b.T, d.grant.User, u)
	got, err := b.Service.GetUser(d.ctx, d.Caller)
	noErr(b.T, err)
	equal(b.T, got, u)
}

func registerInvalid(b *fixture) {
	long := func(n int) string { return strings.Repeat("é", n) }
	for _, c := range []struct {
		field string
		set   func(*user.Register)
	}{
		{"id", func(r *user.Register) { r.Mutation.ID = ulid.ULID{} }},
		{"id", func(r *user.Register) { r.Mutation.ID = idAt(b.clock.Now().Add(-25 * time.Hour)) }},
		{"id", func(r *user.Register) { r.Mutation.ID = idAt(b.clock.Now().Add(25 * time.Hour)) }},
		{"user_name", func(r *user.Register) { r.Name = "" }},
		{"user_name", func(r *user.Register) { r.Name = "ab" }},
		{"user_name", func(r *user.Register) { r.Name = long(33) }},
		{"user_name", func(r *user.Register) { r.Name = "two words" }},
		{"user_name", func(r *user.Register) { r.Name = "a/b/c" }},
		{"user_name", func(r *user.Register) { r.Name = "a\x00b" }},
		{"password", func(r *user.Register) { r.Password = "" }},
		{"password", func(r *user.Register) { r.Password = "1234567" }},
		{"password", func(r *user.Register) { r.Password = long(129) }},
		{"password", func(r *user.Register) { r.Password = "nul\x00inside" }},
		{"password", func(r *user.Register) { r.Password = "1234567" + "\u3000" }},
		{"password", func(r *user.Register) { r.Password = "\u2003x\u2003\u2003\u2003\u2003\u2003\u2003" }},
		{"password", func(r *user.Register) { r.Password = "my " + strings.ToUpper(r.Name) }},
		{"password", func(r *user.Register) { r.Password = "PassWord1" }},
		{"nick_name", func(r *user.Register) { r.NickName = long(65) }},
		{"nick_name", func(r *user.Register) { r.NickName = "a\x00b" }},
	} {
		in := b.registration()
		c.set(&in)
		_, err := b.Service.Register(b.Context(), in)
		b.wantField(err, c.field)
	}
	for _, name := range []string{"abc", "A.b_c-9", "测试用户", strings.Repeat("x", 32)} {
		in := b.registration()
		in.Name, in.NickName, in.Password = name, long(64), "12345678"
		u, err := b.Service.Register(b.Context(), in)
		noErr(b.T, err)
		equal(b.T, u.Name, name)
	}
}

func idAt(t time.Time) ulid.ULID { return ulid.MustNew(ulid.Timestamp(t), ulid.DefaultEntropy()) }

func registerTaken(b *fixture) {
	p := b.register()
	for _, name := range []string{p.Name, strings.ToUpper(p.Name), strings.ToLower(p.Name)} {
		in := b.registration()
		in.Name = name
		_, err := b.Service.Register(b.Context(), in)
		wantErr(b.T, err, user.ErrNameTaken)
	}
}

func registerRepeat(b *fixture) {
	in := b.registration()
	first, err := b.Service.Register(b.Context(), in)
	noErr(b.T, err)
	again := in
	again.Mutation.Repeat = true
	b.clock.Add(time.Second)
	second, err := b.Service.Register(b.Context(), again)
	noErr(b.T, err)
	equal(b.T, second, first)

	otherPassword, otherName, otherID := again, again, again
	otherPassword.Password = "another horse"
	otherName.Name += "x"
	otherID.Mutation.ID = b.clock.NewID()
	for _, r := range []user.Register{in, otherPassword, otherName, otherID} {
		_, err = b.Service.Register(b.Context(), r)
		wantErr(b.T, err, user.ErrNameTaken)
	}
}

func updateUser(b *fixture) {
	p := b.register()
	d := b.signIn(p)
	b.clock.Add(time.Second)
	change := user.UpdateUser{Caller: d.Caller, Mutation: b.mutation(), NickName: optional.Of("")}
	got, err := b.Service.UpdateUser(d.ctx, change)
	noErr(b.T, err)
	want := p.User
	want.NickName, want.Version, want.UpdateTime, want.Mutation = "", 2, b.clock.Now(), change.Mutation.ID
	equal(b.T, got, want)
	kept, err := b.Service.GetUser(d.ctx, d.Caller)
	noErr(b.T, err)
	equal(b.T, kept, want)

	nothing := user.UpdateUser{Caller: d.Caller, Mutation: b.mutation(), IfVersion: 2}
	got, err = b.Service.UpdateUser(d.ctx, nothing)
	noErr(b.T, err)
	equal(b.T, got.NickName, "")
	equal(b.T, got.Version, 3)
}

func updateUserStale(b *fixture) {
	d := b.signIn(b.register())
	for _, version := range []int64{2, 7} {
		_, err := b.Service.UpdateUser(d.ctx, user.UpdateUser{
			Caller: d.Caller, Mutation: b.mutation(), IfVersion: version, NickName: optional.Of("x"),
		})
		wantErr(b.T, err, errs.ErrStaleVersion)
	}
}

func updateUserRepeat(b *fixture) {
	d := b.signIn(b.register())
	b.clock.Add(time.Minute)
	for _, version := range []int64{1, 0} {
		change := user.UpdateUser{Caller: d.Caller, Mutation: b.mutation(), IfVersion: version, NickName: optional.Of("x")}
		first, err := b.Service.UpdateUser(d.ctx, change)
		noErr(b.T, err)
		b.clock.Add(time.Minute)
		change.Mutation.Repeat = true
		again, err := b.Service.UpdateUser(d.ctx, change)
		noErr(b.T, err)
		equal(b.T, again, first)
	}
	// The first attempt may not have arrived at all.
	lost := user.UpdateUser{Caller: d.Caller, Mutation: b.mutation(), NickName: optional.Of("y")}
	lost.Mutation.Repeat = true
	got, err := b.Service.UpdateUser(d.ctx, lost)
	noErr(b.T, err)
	equal(b.T, got.NickName, "y")
}

func updateUserOutcomeUnknown(b *fixture) {
	d := b.signIn(b.register())
	b.clock.Add(time.Minute)
	mine := user.UpdateUser{Caller: d.Caller, Mutation: b.mutation(), IfVersion: 1, NickName: optional.Of("mine")}
	_, err := b.Service.UpdateUser(d.ctx, mine)
	noErr(b.T, err)
	_, err = b.Service.UpdateUser(d.ctx, user.UpdateUser{Caller: d.Caller, Mutation: b.mutation(), NickName: optional.Of("theirs")})
	noErr(b.T, err)
	mine.Mutation.Repeat = true
	for _, version := range []int64{1, 0} {
		mine.IfVersion = version
		_, err = b.Service.UpdateUser(d.ctx, mine)
		wantErr(b.T, err, errs.ErrOutcomeUnknown)
	}
	// What never arrived is known not to have, though another was faster.
	lost := user.UpdateUser{Caller: d.Caller, Mutation: b.mutation(), NickName: optional.Of("lost at first")}
	lost.Mutation.Repeat = true
	_, err = b.Service.UpdateUser(d.ctx, user.UpdateUser{Caller: d.Caller, Mutation: b.mutation(), NickName: optional.Of("theirs, too")})
	noErr(b.T, err)
	arrived, err := b.Service.UpdateUser(d.ctx, lost)
	noErr(b.T, err)
	equal(b.T, arrived.NickName, "lost at first")
	// What has lain somewhere for long, and was made meanwhile, is not made again.
	late := user.UpdateUser{Caller: d.Caller, Mutation: b.mutation(), NickName: optional.Of("late")}
	_, err = b.Service.UpdateUser(d.ctx, late)
	noErr(b.T, err)
	b.clock.Add(time.Minute)
	last, err := b.Service.UpdateUser(d.ctx, user.UpdateUser{Caller: d.Caller, Mutation: b.mutation(), NickName: optional.Of("last")})
	noErr(b.T, err)
	_, err = b.Service.UpdateUser(d.ctx, late)
	wantErr(b.T, err, errs.ErrOutcomeUnknown)
	// One that says what it has seen, and has seen the other, is sure.
	mine.IfVersion, mine.Mutation = last.Version, mutation.Mutation{ID: b.clock.NewID(), Repeat: true}
	got, err := b.Service.UpdateUser(d.ctx, mine)
	noErr(b.T, err)
	equal(b.T, got.NickName, "mine")
}

func updateUserInvalid(b *fixture) {
	d := b.signIn(b.register())
	good := user.UpdateUser{Caller: d.Caller, Mutation: b.mutation(), NickName: optional.Of("x")}
	for field, set := range map[string]func(*user.UpdateUser){
		"nick_name":   func(c *user.UpdateUser) { c.NickName.Value = strings.Repeat("x", 65) },
		"if_version":  func(c *user.UpdateUser) { c.IfVersion = -1 },
		"mutation_id": func(c *user.UpdateUser) { c.Mutation.ID = idAt(b.clock.Now().Add(-25 * time.Hour)) },
	} {
		bad := good
		set(&bad)
		_, err := b.Service.UpdateUser(d.ctx, bad)
		b.wantField(err, field)
	}
}

// registerAt registers somebody from an address.
func (b *fixture) registerAt(address string, set func(*user.Register)) error {
	in := b.registration()
	in.Origin.Address = address
	if set != nil {
		set(&in)
	}
	_, err := b.Service.Register(b.Context(), in)
	return err
}

func (b *fixture) tooMany(err error, want time.Duration) {
	b.Helper()
	wantErr(b.T, err, user.ErrTooManyRegistrations)
	equal(b.T, errs.From(err).RetryAfter, want)
}

// registerTooManyFromAddress: an address is what a subscriber is given. Whatever reaches
// the hash counts, what is refused before does not, and signing in is another matter.
func registerTooManyFromAddress(b *fixture) {
	b.start(func(d *user.Deps) {
		d.Registration = user.RegistrationPolicy{PerAddress: 3, Codes: []string{"let me in"}}
	})
	invited := func(r *user.Register) { r.Invitation = "let me in" }
	at := func(i int) string { return fmt.Sprintf("%s%x", b.address(home), i) }
	p := b.registration()
	p.Invitation, p.Origin.Address = "let me in", at(1)
	_, err := b.Service.Register(b.Context(), p)
	noErr(b.T, err)
	wantErr(b.T, b.registerAt(at(2), func(r *user.Register) { invited(r); r.Name = p.Name }), user.ErrNameTaken)
	for range 5 {
		b.wantField(b.registerAt(at(3), func(r *user.Register) { invited(r); r.Password = "short" }), "password")
		wantErr(b.T, b.registerAt(at(4), nil), user.ErrBadInvitation)
	}
	noErr(b.T, b.registerAt(at(5), invited))
	b.tooMany(b.registerAt(at(6), invited), user.FirstDelay)
	p.Mutation.Repeat = true // the reply was lost
	_, err = b.Service.Register(b.Context(), p)
	noErr(b.T, err)
	noErr(b.T, b.registerAt(b.address(elsewhere)+"1", invited))
	noErr(b.T, b.registerAt("", invited)) // a socket has no address
	wantErr(b.T, b.guess(p.Name, home), user.ErrBadCredentials)
	b.clock.Add(user.FirstDelay)
	noErr(b.T, b.registerAt(at(7), invited))
	b.tooMany(b.registerAt(at(8), invited), 2*user.FirstDelay)
	b.clock.Add(2*user.FirstDelay + user.FailureWindow)
	for range 3 {
		noErr(b.T, b.registerAt(at(9), invited))
	}
	b.tooMany(b.registerAt(at(9), invited), user.FirstDelay)
}

// registerTooMany: beyond the total, one each five seconds gets in, wherever from.
func registerTooMany(b *fixture) {
	b.start(func(d *user.Deps) { d.Registration = user.RegistrationPolicy{PerAddress: 3, Total: 5} })
	for i := range 5 {
		noErr(b.T, b.registerAt(b.address(i)+"1", nil))
	}
	for i := range 10 {
		b.tooMany(b.registerAt(b.address(anywhere+i)+"1", nil), user.FirstDelay)
		b.tooMany(b.registerAt("", nil), user.FirstDelay)
		b.clock.Add(user.FirstDelay)
		noErr(b.T, b.registerAt(b.address(anywhere+20+i)+"1", nil))
	}
}
