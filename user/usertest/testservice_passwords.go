package usertest

import (
	"time"

	"todokit/pkg/errs"
	"todokit/user"
)

func (b *fixture) passwordChange(d device, p person) user.ChangePassword {
	return user.ChangePassword{Caller: d.Caller, Mutation: b.mutation(), Current: p.password, New: "battery staple"}
}

func changePassword(b *fixture) {
	p := b.register()
	mine, other := b.signIn(p), b.signIn(p)
	stranger := b.signIn(b.register())
	b.clock.Add(time.Minute)
	in := b.passwordChange(mine, p)
	_, err := b.Service.ChangePassword(mine.ctx, in)
	noErr(b.T, err)
	b.ended(other)
	mine = b.works(mine)
	b.works(stranger)
	_, err = b.Service.SignIn(b.Context(), b.credentials(p))
	wantErr(b.T, err, user.ErrBadCredentials)
	p.password = in.New
	b.signIn(p)
	u, err := b.Service.GetUser(mine.ctx, mine.Caller)
	noErr(b.T, err)
	if u.Version != 2 || !u.UpdateTime.Equal(b.clock.Now()) || u.Mutation != in.Mutation.ID {
		b.Fatalf("got %+v", u)
	}
}

func changePasswordInvalid(b *fixture) {
	p := b.register()
	mine, other := b.signIn(p), b.signIn(p)
	b.clock.Add(time.Minute)
	wrong := b.passwordChange(mine, p)
	wrong.Current = "wrong horse"
	_, err := b.Service.ChangePassword(mine.ctx, wrong)
	wantErr(b.T, err, user.ErrWrongPassword)
	for _, c := range []struct {
		field string
		set   func(*user.ChangePassword)
	}{
		{"current_password", func(c *user.ChangePassword) { c.Current = "" }},
		{"new_password", func(c *user.ChangePassword) { c.New = "1234567" }},
		{"new_password", func(c *user.ChangePassword) { c.New = p.Name + "!" }},
		{"new_password", func(c *user.ChangePassword) { c.New = "password1" }},
		{"mutation_id", func(c *user.ChangePassword) { c.Mutation.ID = idAt(b.clock.Now().Add(25 * time.Hour)) }},
	} {
		bad := b.passwordChange(mine, p)
		c.set(&bad)
		_, err := b.Service.ChangePassword(mine.ctx, bad)
		b.wantField(err, c.field)
	}
	b.works(mine)
	b.works(other)
	b.signIn(p)
}

func changePasswordRepeat(b *fixture) {
	p := b.register()
	d := b.signIn(p)
	b.clock.Add(time.Minute)
	in := b.passwordChange(d, p)
	_, err := b.Service.ChangePassword(d.ctx, in)
	noErr(b.T, err)
	in.Mutation.Repeat = true
	_, err = b.Service.ChangePassword(d.ctx, in)
	noErr(b.T, err)

	_, err = b.Service.UpdateUser(d.ctx, user.UpdateUser{Caller: d.Caller, Mutation: b.mutation()})
	noErr(b.T, err)
	_, err = b.Service.ChangePassword(d.ctx, in)
	wantErr(b.T, err, errs.ErrOutcomeUnknown)
}

func (b *fixture) deletion(d device, password string) user.DeleteUser {
	return user.DeleteUser{Caller: d.Caller, Mutation: b.mutation(), Password: password}
}

func deleteUser(b *fixture) {
	p := b.register()
	d := b.signIn(p)
	_, err := b.Service.DeleteUser(d.ctx, b.deletion(d, p.password))
	noErr(b.T, err)
	b.ended(d)
	_, err = b.Service.SignIn(b.Context(), b.credentials(p))
	wantErr(b.T, err, user.ErrBadCredentials)
	for _, call := range []func() error{
		func() error { _, err := b.Service.GetUser(d.ctx, d.Caller); return err },
		func() error { _, err := b.Service.ListSessions(d.ctx, d.Caller); return err },
		func() error {
			_, err := b.Service.UpdateUser(d.ctx, user.UpdateUser{Caller: d.Caller, Mutation: b.mutation()})
			return err
		},
		func() error { _, err := b.Service.ChangePassword(d.ctx, b.passwordChange(d, p)); return err },
		func() error { _, err := b.Service.DeleteUser(d.ctx, b.deletion(d, p.password)); return err },
		func() error {
			_, err := b.Service.EndSessions(d.ctx, user.EndSessions{Caller: d.Caller, Mutation: b.mutation(), All: true})
			return err
		},
	} {
		wantErr(b.T, call(), errs.ErrUnauthenticated)
	}
	again := b.registration()
	again.Name = p.Name
	_, err = b.Service.Register(b.Context(), again)
	noErr(b.T, err)
}

func deleteUserRepeat(b *fixture) {
	p := b.register()
	d := b.signIn(p)
	_, err := b.Service.DeleteUser(d.ctx, b.deletion(d, "wrong horse"))
	wantErr(b.T, err, user.ErrWrongPassword)
	_, err = b.Service.DeleteUser(d.ctx, b.deletion(d, ""))
	b.wantField(err, "password")
	d = b.works(d)

	in := b.deletion(d, p.password)
	in.Mutation.Repeat = true // of an attempt that has not arrived
	for range 2 {             // and of one that has
		_, err = b.Service.DeleteUser(d.ctx, in)
		noErr(b.T, err)
	}
	b.ended(d)
}
