package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"
)

// crowd is who uses todokit: many with a few tasks, and one with many.
type crowd struct {
	people []*person
	hoard  *person // who has many
}

// person is one user, and their tasks in the order of creation.
type person struct {
	id    ulid.ULID
	name  string
	tasks []ulid.ULID

	access, refresh string // tokens
	expires         time.Time
}

// size is how many there are of what.
type size struct{ people, each, hoarded int }

// everyone are all people, the one with many tasks the last.
func (c *crowd) everyone() []*person { return append(append([]*person{}, c.people...), c.hoard) }

// newCrowd makes up people and their tasks, of the last month. It is the same
// for the same seed but for the time.
func newCrowd(n size, now time.Time) *crowd {
	random := ulid.Monotonic(newRandom("ids"), 0)
	begin := now.Add(-30 * 24 * time.Hour)
	mint := func(at time.Time) ulid.ULID { return ulid.MustNew(ulid.Timestamp(at), random) }
	newPerson := func(name string, tasks int) *person {
		p := &person{id: mint(begin.Add(-time.Hour)), name: name}
		every := 25 * 24 * time.Hour / time.Duration(max(tasks, 1))
		for i := range tasks {
			p.tasks = append(p.tasks, mint(begin.Add(time.Duration(i)*every)))
		}
		return p
	}
	c := &crowd{hoard: newPerson("bench-hoard", n.hoarded)}
	for i := range n.people {
		c.people = append(c.people, newPerson(fmt.Sprintf("bench-%04d", i), n.each))
	}
	return c
}

// someone is a random one of the many.
func (c *crowd) someone(r *rand.Rand) *person { return c.people[r.IntN(len(c.people))] }

// task is a random one of theirs.
func (p *person) task(r *rand.Rand) ulid.ULID { return p.tasks[r.IntN(len(p.tasks))] }

// random is a source that is the same at each run.
type random struct{ *rand.Rand }

func newRandom(purpose string) random {
	var seed [32]byte
	copy(seed[:], purpose)
	return random{rand.New(rand.NewChaCha8(seed))}
}

// Read is part of io.Reader.
func (r random) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(r.UintN(256)) //nolint:gosec // it fits
	}
	return len(p), nil
}

// words returns a text of about so many characters.
func words(r *rand.Rand, length int) string {
	const all = "call write buy ask order pay check clean plan book read repair return send sort draft review the a for about with " +
		"before after next milk letter invoice garden bicycle dentist report meeting tickets window kitchen neighbour school parcel passport summer budget"
	list := strings.Fields(all)
	var text strings.Builder
	for text.Len() < length-3 {
		if text.Len() > 0 {
			text.WriteByte(' ')
		}
		text.WriteString(list[r.IntN(len(list))])
	}
	return text.String()
}
