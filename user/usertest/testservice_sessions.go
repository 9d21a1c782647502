package usertest

import (
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
	"todokit/pkg/mutation"
	"todokit/user"
)

func signInRefused(b *fixture) {
	p := b.register()
	wrong, unknown := b.credentials(p), b.credentials(p)
	wrong.Password = "wrong horse"
	unknown.Name = "nobody"
	for _, in := range []user.SignIn{wrong, unknown} {
		_, err := b.Service.SignIn(b.Context(), in)
		wantErr(b.T, err, user.ErrBadCredentials)
		equal(b.T, errs.From(err).Detail, "")
	}
	for _, c := range []struct {
		field string
		set   func(*user.SignIn)
	}{
		{"user_name", func(c *user.SignIn) { c.Name = "" }},
		{"password", func(c *user.SignIn) { c.Password = "" }},
		{"session_id", func(c *user.SignIn) { c.SessionID = ulid.Zero }},
		{"session_id", func(c *user.SignIn) { c.SessionID = idAt(b.clock.Now().Add(-25 * time.Hour)) }},
		{"address", func(c *user.SignIn) { c.Origin.Address = "not an address" }},
	} {
		bad := b.credentials(p)
		c.set(&bad)
		_, err := b.Service.SignIn(b.Context(), bad)
		b.wantField(err, c.field)
	}
	otherCase := b.credentials(p)
	otherCase.Name = strings.ToUpper(p.Name)
	_, err := b.Service.SignIn(b.Context(), otherCase)
	noErr(b.T, err)
}

func signInRepeat(b *fixture) {
	p := b.register()
	in := b.credentials(p)
	_, err := b.Service.SignIn(b.Context(), in)
	noErr(b.T, err)
	b.clock.Add(time.Second)
	grant, err := b.Service.SignIn(b.Context(), in)
	noErr(b.T, err)
	d := b.works(b.device(grant, in.SessionID))
	sessions, err := b.Service.ListSessions(d.ctx, d.Caller)
	noErr(b.T, err)
	equal(b.T, len(sessions), 1)

	stranger := b.credentials(b.register())
	stranger.SessionID = in.SessionID
	_, err = b.Service.SignIn(b.Context(), stranger)
	b.wantField(err, "session_id")
	b.works(d)
}

func signInOrigin(b *fixture) {
	p := b.register()
	first := b.credentials(p)
	first.Origin.UserAgent = strings.Repeat("🦊", 300)
	_, err := b.Service.SignIn(b.Context(), first)
	noErr(b.T, err)
	signedIn := b.clock.Now()
	b.clock.Add(time.Minute)
	second := b.credentials(p)
	second.Origin = user.Origin{}
	grant, err := b.Service.SignIn(b.Context(), second)
	noErr(b.T, err)
	equal(b.T, grant.Expires, b.clock.Now().Truncate(time.Second).Add(user.AccessTokenLife))

	d := b.device(grant, second.SessionID)
	sessions, err := b.Service.ListSessions(d.ctx, d.Caller)
	noErr(b.T, err)
	equal(b.T, len(sessions), 2)
	equal(b.T, sessions[0].ID, second.SessionID)
	equal(b.T, sessions[1], user.Session{
		ID: first.SessionID, Owner: p.ID, UserAgent: strings.Repeat("🦊", 256), Address: first.Origin.Address,
		CreateTime: ulid.Time(first.SessionID.Time()).UTC(), UseTime: signedIn, Expires: signedIn.Add(user.RefreshTokenLife),
	})
}

func (b *fixture) end(d device, id ulid.ULID) error {
	_, err := b.Service.EndSessions(d.ctx, user.EndSessions{Caller: d.Caller, Mutation: b.mutation(), ID: id})
	return err
}

func endSessionsOneOrAll(b *fixture) {
	p := b.register()
	first, second, third := b.signIn(p), b.signIn(p), b.signIn(p)
	noErr(b.T, b.end(first, second.SessionID))
	b.ended(second)
	wantErr(b.T, b.end(first, second.SessionID), user.ErrSessionNotFound)
	_, err := b.Service.EndSessions(first.ctx, user.EndSessions{
		Caller: first.Caller, Mutation: mutation.Mutation{ID: b.clock.NewID(), Repeat: true}, ID: second.SessionID,
	})
	noErr(b.T, err)
	b.wantField(b.end(first, ulid.Zero), "id")
	noErr(b.T, b.end(first, first.SessionID))
	b.ended(first)
	third = b.works(third)

	fourth := b.signIn(p)
	_, err = b.Service.EndSessions(third.ctx, user.EndSessions{Caller: third.Caller, Mutation: b.mutation(), All: true})
	noErr(b.T, err)
	b.ended(third)
	b.ended(fourth)
}

func endSessionsForeign(b *fixture) {
	mine, foreign := b.signIn(b.register()), b.signIn(b.register())
	wantErr(b.T, b.end(mine, foreign.SessionID), user.ErrSessionNotFound)
	_, err := b.Service.EndSessions(mine.ctx, user.EndSessions{Caller: mine.Caller, Mutation: b.mutation(), All: true})
	noErr(b.T, err)
	foreign = b.works(foreign)
	sessions, err := b.Service.ListSessions(foreign.ctx, foreign.Caller)
	noErr(b.T, err)
	equal(b.T, len(sessions), 1)
}

// signInSessionLimit: a device more than there may be takes the place of the one that
// was not used for the longest time.
func signInSessionLimit(b *fixture) {
	b.start(func(d *user.Deps) { d.SessionLimit = 3 })
	p, stranger := b.register(), b.register()
	other := b.signIn(stranger)
	var devices []device
	for range 3 {
		b.clock.Add(time.Minute)
		devices = append(devices, b.signIn(p))
	}
	b.clock.Add(time.Minute)
	devices[0] = b.works(devices[0])
	for _, oldest := range []int{1, 2, 0} {
		b.clock.Add(time.Minute)
		d := b.signIn(p)
		b.ended(devices[oldest])
		sessions, err := b.Service.ListSessions(d.ctx, d.Caller)
		noErr(b.T, err)
		equal(b.T, len(sessions), 3)
		equal(b.T, sessions[0].ID, d.SessionID)
	}
	b.works(other)
}
