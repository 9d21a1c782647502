package chaos_test

import (
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"
)

// register is the history of one row that is written again and again: a
// version, which grows by one with each change, and a value, which no two
// writes share.
type register struct {
	name string

	mu      sync.Mutex
	history []porcupine.Operation
	unknown int
	last    int64 // version of the last write that was acknowledged
}

// mostUnknown bounds the writes of unknown outcome, each of which the check
// has to try at every place.
const maxUnknown = 6

type registerInput struct {
	write     bool
	ifVersion int64 // 0: any
	value     string
}

type registerState struct {
	version int64
	value   string
}

// registerOutput is what was answered.
type registerOutput struct {
	unknown bool
	stale   bool // 412
	registerState
}

// startTime is the beginning of all histories.
var startTime = time.Now()

func now() int64 { return int64(time.Since(startTime)) }

// note notes an operation that began at call, and has ended now.
func (r *register) note(call int64, in registerInput, out registerOutput) {
	r.mu.Lock()
	defer r.mu.Unlock()
	end := now()
	switch {
	case out.unknown && !in.write:
		return // it tells nothing
	case out.unknown:
		r.unknown++
		end = math.MaxInt64 // it may still happen
	case in.write && !out.stale:
		r.last = max(r.last, out.version)
	}
	r.history = append(r.history, porcupine.Operation{Input: in, Output: out, Call: call, Return: end})
}

// writable says whether there is room for another write of unknown outcome.
func (r *register) writable() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.unknown < maxUnknown
}

func (r *register) lastWrite() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last
}

// registerModel is how a row behaves whose changes happen once each, one at a
// time, and are never undone.
var registerModel = porcupine.Model{
	Init: func() any { return registerState{} },
	Step: func(state, input, output any) (bool, any) {
		s, in, out := state.(registerState), input.(registerInput), output.(registerOutput)
		if s.version == 0 {
			// The first operation reads what the row began with.
			return !in.write && !out.unknown, out.registerState
		}
		refused := in.ifVersion != 0 && in.ifVersion != s.version
		next := registerState{s.version + 1, in.value}
		switch {
		case !in.write:
			return out.registerState == s, s
		case out.unknown && refused:
			return true, s
		case out.unknown:
			return true, next
		case out.stale || refused:
			return out.stale == refused, s
		default:
			return out.registerState == next, next
		}
	},
	DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v -> %+v", input, output) },
}

// check says what is wrong with the history, or nil.
func (r *register) check() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if got := porcupine.CheckOperationsTimeout(registerModel, r.history, 20*time.Second); got != porcupine.Ok {
		return fmt.Errorf("the history of %s, of %d operations, is not linearizable: %s", r.name, len(r.history), got)
	}
	return nil
}
