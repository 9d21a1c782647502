package chaos_test

import (
	"errors"
	"fmt"
	"slices"
)

// state is what there is of a task or a list: nothing, if there is no title.
// Each title is given once.
type state struct {
	title   string
	version int64 // 0: the answer did not say
	trashed bool
}

func (s state) String() string {
	switch {
	case s.title == "":
		return "nothing"
	case s.version == 0:
		return fmt.Sprintf("%q (in the trash: %t)", s.title, s.trashed)
	default:
		return fmt.Sprintf("%q in version %d (in the trash: %t)", s.title, s.version, s.trashed)
	}
}

// onPage is how the state shows on a page of what is not in the trash.
func (s state) onPage() state {
	if s.trashed {
		return state{}
	}
	return s
}

func (s state) is(other state) bool {
	if s.version == 0 || other.version == 0 {
		s.version, other.version = 0, 0
	}
	return s == other
}

// history is what was written to one task or list. It begins with nothing.
type history struct {
	name    string
	past    []acknowledgedState
	inDoubt []state // each may come about at any time, or never
}

// acknowledgedState is a state that a write has made, which was acknowledged by a gateway.
type acknowledgedState struct {
	state
	write   int // its number among those of its user
	gateway string
}

// writes are those of one user that were acknowledged. The user waits for the
// answer to one before the next.
type writes struct {
	all     int
	through map[string]int // the number of the last one, by gateway
}

func (w *writes) acknowledged(h *history, s state, gateway string) {
	w.all++
	w.through[gateway] = w.all
	h.past = append(h.past, acknowledgedState{s, w.all, gateway})
}

// observation is what a read through a gateway has shown of a task or a list.
type observation struct {
	state
	page    bool // of what is not in the trash
	marked  bool // as the last known answer
	gateway string
}

var errStale = errors.New("a stale read")

// check returns an error that wraps errStale if a read misses a write that was
// acknowledged before. A marked answer may miss what came after the last write
// through its own gateway.
func (w *writes) check(h *history, seen observation) error {
	since, mark := w.all, ""
	if seen.marked {
		since, mark = w.through[seen.gateway], ", marked as the last known answer"
	}
	least, later := acknowledgedState{}, slices.Clone(h.inDoubt)
	for _, c := range h.past {
		if c.write <= since {
			least = c
		} else {
			later = append(later, c.state)
		}
	}
	for _, s := range append(later, least.state) {
		if seen.page {
			s = s.onPage()
		}
		if s.is(seen.state) {
			return nil
		}
	}
	was := "was not there yet"
	if least.write > 0 {
		was = fmt.Sprintf("was %v when %s acknowledged it", least.state, least.gateway)
	}
	return fmt.Errorf("%w: %s %s, and a later read through %s shows %v%s", errStale, h.name, was, seen.gateway, seen.state, mark)
}
