package chaos_test

import (
	"errors"
	"testing"
)

// TestStaleReadsAreFound proves that the check of a read can fail. A task was
// made through gateway a, changed through b, and put into the trash through a;
// a list was made through b; and another change of the task is in doubt.
func TestStaleReadsAreFound(t *testing.T) {
	t.Parallel()
	made, changed, doubted := state{"made", 1, false}, state{"changed", 2, false}, state{"doubted", 0, true}
	trashed, list := state{"changed", 0, true}, state{"list", 1, false}
	w := writes{through: map[string]int{}}
	ofTask, ofList := &history{name: "task", inDoubt: []state{doubted}}, &history{name: "list"}
	w.acknowledged(ofTask, made, "a")
	w.acknowledged(ofTask, changed, "b")
	w.acknowledged(ofTask, trashed, "a")
	w.acknowledged(ofList, list, "b")
	for name, c := range map[string]struct {
		of    *history
		seen  sighting
		right bool
	}{
		"what was written last":             {ofTask, sighting{state: state{"changed", 3, true}, gateway: "b"}, true},
		"what was written last, on a page":  {ofTask, sighting{page: true, gateway: "b"}, true},
		"what is in doubt":                  {ofTask, sighting{state: state{"doubted", 4, true}, gateway: "b"}, true},
		"not in the trash":                  {ofTask, sighting{state: changed, gateway: "b"}, false},
		"not in the trash, on a page":       {ofTask, sighting{state: changed, page: true, gateway: "b"}, false},
		"before it was changed":             {ofTask, sighting{state: made, gateway: "a"}, false},
		"nothing":                           {ofTask, sighting{gateway: "a"}, false},
		"a list":                            {ofList, sighting{state: list, page: true, gateway: "a"}, true},
		"no list":                           {ofList, sighting{page: true, gateway: "b"}, false},
		"a list in another version":         {ofList, sighting{state: state{"list", 2, false}, gateway: "a"}, false},
		"marked, what was written last":     {ofTask, sighting{state: trashed, marked: true, gateway: "a"}, true},
		"marked, before its own write":      {ofTask, sighting{state: changed, marked: true, gateway: "a"}, false},
		"marked, without another's write":   {ofList, sighting{page: true, marked: true, gateway: "a"}, true},
		"marked, without its own write":     {ofList, sighting{page: true, marked: true, gateway: "b"}, false},
		"marked, from before its own write": {ofTask, sighting{state: changed, marked: true, gateway: "b"}, false},
		"marked, and was never so":          {ofTask, sighting{state: list, marked: true, gateway: "a"}, false},
		"marked, and nobody wrote that":     {ofList, sighting{state: made, marked: true, gateway: "c"}, false},
		"marked, where nothing was written": {ofTask, sighting{state: made, marked: true, gateway: "c"}, true},
	} {
		if err := w.judge(c.of, c.seen); (err == nil) != c.right || err != nil && !errors.Is(err, errStale) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
