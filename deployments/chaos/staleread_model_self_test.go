package chaos_test

import (
	"errors"
	"testing"
)

// TestStaleReadsAreFound proves that the check of a read can fail. A task was
// made through gateway a, changed through b, and put into the trash through a;
// a list was made through b; and another change of the task is in doubt.
func TestStaleReadCheck_StaleRead_IsFound(t *testing.T) {
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
		seen  observation
		right bool
	}{
		"what was written last":             {ofTask, observation{state: state{"changed", 3, true}, gateway: "b"}, true},
		"what was written last, on a page":  {ofTask, observation{page: true, gateway: "b"}, true},
		"what is in doubt":                  {ofTask, observation{state: state{"doubted", 4, true}, gateway: "b"}, true},
		"not in the trash":                  {ofTask, observation{state: changed, gateway: "b"}, false},
		"not in the trash, on a page":       {ofTask, observation{state: changed, page: true, gateway: "b"}, false},
		"before it was changed":             {ofTask, observation{state: made, gateway: "a"}, false},
		"nothing":                           {ofTask, observation{gateway: "a"}, false},
		"a list":                            {ofList, observation{state: list, page: true, gateway: "a"}, true},
		"no list":                           {ofList, observation{page: true, gateway: "b"}, false},
		"a list in another version":         {ofList, observation{state: state{"list", 2, false}, gateway: "a"}, false},
		"marked, what was written last":     {ofTask, observation{state: trashed, marked: true, gateway: "a"}, true},
		"marked, before its own write":      {ofTask, observation{state: changed, marked: true, gateway: "a"}, false},
		"marked, without another's write":   {ofList, observation{page: true, marked: true, gateway: "a"}, true},
		"marked, without its own write":     {ofList, observation{page: true, marked: true, gateway: "b"}, false},
		"marked, from before its own write": {ofTask, observation{state: changed, marked: true, gateway: "b"}, false},
		"marked, and was never so":          {ofTask, observation{state: list, marked: true, gateway: "a"}, false},
		"marked, and nobody wrote that":     {ofList, observation{state: made, marked: true, gateway: "c"}, false},
		"marked, where nothing was written": {ofTask, observation{state: made, marked: true, gateway: "c"}, true},
	} {
		if err := w.check(c.of, c.seen); (err == nil) != c.right || err != nil && !errors.Is(err, errStale) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
