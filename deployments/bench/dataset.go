package main

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"
)

// size is how many users a dataset has, and how many tasks each of them and the heavy one.
type size struct{ Users, Each, Heavy int }

// dataset is who uses todokit: many users with a few tasks, and at the end a
// heavy one, with many.
type dataset struct {
	users   []*user
	gateway string // where they sign in
}

// user has tasks in the order of their creation.
type user struct {
	id      ulid.ULID
	name    string
	tasks   []ulid.ULID
	access  string // token
	expires time.Time
}

// newDataset makes up users and their tasks, of the month before a time. It is
// the same for the same arguments.
func newDataset(n size, end time.Time, gateway string) *dataset {
	r, begin := newRandom("ids"), end.Add(-30*24*time.Hour)
	newUser := func(name string, tasks int) *user {
		u := &user{id: newID(begin.Add(-time.Hour), r), name: name}
		interval := 25 * 24 * time.Hour / time.Duration(tasks)
		for i := range tasks {
			u.tasks = append(u.tasks, newID(begin.Add(time.Duration(i)*interval), r))
		}
		return u
	}
	d := &dataset{gateway: gateway}
	for i := range n.Users {
		d.users = append(d.users, newUser(fmt.Sprintf("bench-%04d", i), n.Each))
	}
	d.users = append(d.users, newUser("bench-heavy", n.Heavy))
	return d
}

func (u *user) someTask(r *rand.Rand) string { return u.tasks[r.IntN(len(u.tasks))].String() }

func newID(at time.Time, r *rand.Rand) (id ulid.ULID) {
	binary.BigEndian.PutUint64(id[8:], r.Uint64())
	_ = id.SetTime(ulid.Timestamp(at)) // fails in the year 10889
	return id
}

// newRandom is a source that is the same at each run.
func newRandom(purpose string) *rand.Rand {
	var seed [32]byte
	copy(seed[:], purpose)
	return rand.New(rand.NewChaCha8(seed))
}

// words returns a text of about so many characters.
func words(r *rand.Rand, length int) string {
	const all = "call write buy ask order pay check clean plan book read repair return send sort draft review the a for about with " +
		"before after next milk letter invoice garden bicycle dentist report meeting tickets window kitchen neighbour school parcel passport summer budget"
	list := strings.Fields(all)
	text := list[r.IntN(len(list))]
	for len(text) < length-3 {
		text += " " + list[r.IntN(len(list))]
	}
	return text
}
