package mutation_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
	"todokit/pkg/mutation"
)

// begin is the moment of the mutations under test.
var begin = time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)

// idAt returns an id that was made some time after begin.
func idAt(after time.Duration) ulid.ULID {
	return ulid.MustNew(ulid.Timestamp(begin.Add(after)), ulid.DefaultEntropy())
}

func precondition(id ulid.ULID, repeat bool, ifVersion int64) mutation.Precondition {
	return mutation.Precondition{Mutation: mutation.Mutation{ID: id, Repeat: repeat}, IfVersion: ifVersion}
}

const (
	first = false
	again = true // a repeat
)

func TestPrecondition_Check(t *testing.T) {
	t.Parallel()
	mine, other := idAt(0), idAt(0)
	last := func(m ulid.ULID) mutation.LastWrite { return mutation.LastWrite{Mutation: m, Version: 7} }
	for name, c := range map[string]struct {
		write mutation.Precondition
		last  mutation.LastWrite
		done  bool
		want  error
	}{
		"unconditional":                         {precondition(mine, first, 0), last(other), false, nil},
		"unconditional/last write of all":       {precondition(mine, first, 0), last(mine), true, nil},
		"unconditional/repeat of last write":    {precondition(mine, again, 0), last(mine), true, nil},
		"unconditional/repeat, row older":       {precondition(mine, again, 0), last(idAt(-time.Hour)), false, errs.ErrOutcomeUnknown},
		"unconditional/repeat, row younger":     {precondition(mine, again, 0), last(idAt(time.Second)), false, errs.ErrOutcomeUnknown},
		"unconditional/in time":                 {precondition(mine, first, 0), last(idAt(5 * time.Second)), false, nil},
		"unconditional/late":                    {precondition(mine, first, 0), last(idAt(6 * time.Second)), false, errs.ErrOutcomeUnknown},
		"conditional/same version":              {precondition(mine, first, 7), last(other), false, nil},
		"conditional/same version, late":        {precondition(mine, first, 7), last(idAt(time.Hour)), false, nil},
		"conditional/same version, repeat":      {precondition(mine, again, 7), last(other), false, nil},
		"conditional/made":                      {precondition(mine, again, 6), last(mine), true, nil},
		"conditional/older version":             {precondition(mine, first, 5), last(other), false, errs.ErrStaleVersion},
		"conditional/version to come":           {precondition(mine, again, 9), last(other), false, errs.ErrStaleVersion},
		"conditional/repeat, one write on top":  {precondition(mine, again, 6), last(other), false, errs.ErrStaleVersion},
		"conditional/repeat, two writes on top": {precondition(mine, again, 5), last(other), false, errs.ErrOutcomeUnknown},
		"conditional/late, two writes on top":   {precondition(mine, first, 5), last(idAt(time.Hour)), false, errs.ErrStaleVersion},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if done, err := c.write.Check(c.last); done != c.done || !errors.Is(err, c.want) {
				t.Errorf("got %v, %v; want %v, %v", done, err, c.done, c.want)
			}
		})
	}
}

func TestPrecondition_ResolveRetry(t *testing.T) {
	t.Parallel()
	mine, now := idAt(0), begin.Add(time.Minute)
	// history is of a row at a version that remembers some mutations, each made
	// a second after the one before, the oldest some time after mine.
	history := func(version int64, remembered int, oldest time.Duration) mutation.History {
		h := mutation.History{Version: version}
		for i := range remembered {
			h.Mutations = append(h.Mutations, idAt(oldest+time.Duration(i)*time.Second))
		}
		slices.Reverse(h.Mutations)
		return h
	}
	with := func(h mutation.History, i int) mutation.History {
		h.Mutations[i] = mine
		return h
	}
	const full = mutation.Remembered
	for name, c := range map[string]struct {
		ifVersion int64
		history   mutation.History
		want      error
	}{
		"unconditional/clock put back by an hour":     {0, history(20, full, time.Hour), nil},
		"unconditional/one from before a clock jump":  {0, history(20, full, 59*time.Second), nil},
		"unconditional/made before a clock jump":      {0, with(history(20, full, time.Hour), 1), errs.ErrOutcomeUnknown},
		"conditional/clock put back by an hour":       {5, history(20, full, time.Hour), errs.ErrStaleVersion},
		"unconditional/made beneath another":          {0, with(history(20, full, 0), 1), errs.ErrOutcomeUnknown},
		"unconditional/made as the oldest":            {0, with(history(20, full, 0), full-1), errs.ErrOutcomeUnknown},
		"unconditional/all writes remembered":         {0, history(3, 3, time.Minute), nil},
		"unconditional/remembered back to before":     {0, history(20, full, -6*time.Second), nil},
		"unconditional/clocks differ":                 {0, history(20, full, -5*time.Second), errs.ErrOutcomeUnknown},
		"unconditional/remembered since later only":   {0, history(20, full, time.Second), errs.ErrOutcomeUnknown},
		"unconditional/nothing remembered":            {0, mutation.History{Version: 20}, errs.ErrOutcomeUnknown},
		"conditional/made beneath another":            {18, with(history(20, full, 0), 1), errs.ErrOutcomeUnknown},
		"conditional/all writes since remembered":     {20 - full, history(20, full, time.Second), errs.ErrStaleVersion},
		"conditional/one write since not remembered":  {20 - full - 1, history(20, full, time.Second), errs.ErrOutcomeUnknown},
		"conditional/fewer remembered than made":      {18, history(20, 1, time.Second), errs.ErrOutcomeUnknown},
		"conditional/remembered back to before":       {5, history(20, full, -6*time.Second), errs.ErrStaleVersion},
		"conditional/nothing remembered":              {19, mutation.History{Version: 20}, errs.ErrOutcomeUnknown},
		"conditional/version to come, not remembered": {25, history(20, full, time.Second), errs.ErrStaleVersion},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := precondition(mine, again, c.ifVersion).ResolveRetry(c.history, now); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

// A first attempt that seems to be late may have been made, and then it is
// remembered, or a clock was put back.
func TestPrecondition_ResolveRetry_FirstAttempt(t *testing.T) {
	t.Parallel()
	mine := idAt(0)
	others := make([]ulid.ULID, mutation.Remembered)
	for i := range others {
		others[i] = idAt(time.Duration(60-i) * time.Second)
	}
	h := mutation.History{Version: 20, Mutations: others}
	now := begin.Add(time.Hour)
	if err := precondition(mine, first, 0).ResolveRetry(h, now); err != nil {
		t.Errorf("not remembered: %v", err)
	}
	h.Mutations[3] = mine
	if err := precondition(mine, first, 0).ResolveRetry(h, now); !errors.Is(err, errs.ErrOutcomeUnknown) {
		t.Errorf("remembered: %v", err)
	}
}

func TestRetry_WriteFindsAnotherVersion_StartsOver(t *testing.T) {
	t.Parallel()
	attempts := 0
	got, err := mutation.Retry(func() (string, error) {
		if attempts++; attempts < 5 {
			return "", errs.ErrStaleVersion.Wrap(errors.New("of the store"))
		}
		return "written", nil
	})
	if got != "written" || err != nil || attempts != 5 {
		t.Errorf("got %q, %v after %d attempts", got, err, attempts)
	}
}

func TestRetry_AlwaysAnotherVersion_Unavailable(t *testing.T) {
	t.Parallel()
	attempts := 0
	_, err := mutation.Retry(func() (int, error) { attempts++; return 7, errs.ErrStaleVersion })
	if !errors.Is(err, errs.ErrUnavailable) || attempts < 10 || attempts > 100 {
		t.Errorf("got %v after %d attempts", err, attempts)
	}
}

func TestRetry_OtherError_ReturnsIt(t *testing.T) {
	t.Parallel()
	want := errors.New("of the store")
	attempts := 0
	if _, err := mutation.Retry(func() (int, error) { attempts++; return 0, want }); !errors.Is(err, want) || attempts != 1 {
		t.Errorf("got %v after %d attempts", err, attempts)
	}
}

// What the caller demands stays wrong, however often it is looked at.
func TestRetry_PreconditionFails_ReturnsStaleVersionAtOnce(t *testing.T) {
	t.Parallel()
	mine := idAt(0)
	last := mutation.LastWrite{Mutation: idAt(0), Version: 7}
	for name, attempt := range map[string]func() (bool, error){
		"Check": func() (bool, error) { return precondition(mine, first, 5).Check(last) },
		"ResolveRetry": func() (bool, error) {
			h := mutation.History{Version: 7, Mutations: []ulid.ULID{idAt(0), idAt(0)}}
			return false, precondition(mine, again, 5).ResolveRetry(h, begin)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			attempts := 0
			_, err := mutation.Retry(func() (bool, error) { attempts++; return attempt() })
			if !errors.Is(err, errs.ErrStaleVersion) || attempts != 1 {
				t.Errorf("got %v after %d attempts", err, attempts)
			}
		})
	}
}

func TestValidateID(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		id ulid.ULID
		ok bool
	}{
		"now":              {idAt(0), true},
		"a day ago":        {idAt(-mutation.MaxAge), true},
		"in a day":         {idAt(mutation.MaxAge), true},
		"more than a day":  {idAt(-mutation.MaxAge - time.Millisecond), false},
		"later than a day": {idAt(mutation.MaxAge + time.Millisecond), false},
		"missing":          {ulid.ULID{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var v errs.Validator
			mutation.ValidateID(&v, "id", c.id, begin)
			switch fields := errs.From(v.Err()); {
			case c.ok && fields != nil:
				t.Errorf("refused: %v", fields)
			case !c.ok && (fields == nil || len(fields.Fields) != 1 || fields.Fields[0].Name != "id"):
				t.Errorf("got %v, want one field, id", fields)
			}
		})
	}
}
