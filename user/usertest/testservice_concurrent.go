package usertest

import (
	"fmt"
	"time"

	"todokit/pkg/errs"
	"todokit/pkg/optional"
	"todokit/user"
)

func registerConcurrent(b *fixture) {
	name := b.registration().Name
	oneWins(b.T, race(func(int) error {
		in := b.registration()
		in.Name = name
		_, err := b.Service.Register(b.Context(), in)
		return err
	}), user.ErrNameTaken)
}

func refreshConcurrent(b *fixture) {
	d := b.signIn(b.register())
	next := make([]string, racers)
	for _, err := range race(func(i int) error {
		g, err := b.refresh(d.grant.RefreshToken)
		next[i] = g.RefreshToken
		return err
	}) {
		noErr(b.T, err)
	}
	for _, token := range next {
		equal(b.T, token, next[0])
	}
	_, err := b.refresh(next[0])
	noErr(b.T, err)
}

func updateUserConcurrent(b *fixture) {
	d := b.signIn(b.register())
	b.clock.Add(time.Minute)
	for _, err := range race(func(i int) error {
		_, err := b.Service.UpdateUser(d.ctx, user.UpdateUser{
			Caller: d.Caller, Mutation: b.mutation(), NickName: optional.Of(fmt.Sprint(i)),
		})
		return err
	}) {
		noErr(b.T, err)
	}
	u, err := b.Service.GetUser(d.ctx, d.Caller)
	noErr(b.T, err)
	equal(b.T, u.Version, 1+racers)
}

func updateUserConcurrentConditional(b *fixture) {
	d := b.signIn(b.register())
	oneWins(b.T, race(func(i int) error {
		_, err := b.Service.UpdateUser(d.ctx, user.UpdateUser{
			Caller: d.Caller, Mutation: b.mutation(), IfVersion: 1, NickName: optional.Of(fmt.Sprint(i)),
		})
		return err
	}), errs.ErrStaleVersion)
}
