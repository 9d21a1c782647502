package chaos_test

import "testing"

// TestRegisterFindsWhatIsWrong proves that the check of a history can fail.
func TestRegister_WrongHistory_IsFound(t *testing.T) {
	t.Parallel()
	read := func(version int64, value string) operation {
		return operation{registerInput{}, registerOutput{registerState: registerState{version, value}}}
	}
	write := func(ifVersion int64, value string, version int64) operation {
		return operation{registerInput{true, ifVersion, value}, registerOutput{registerState: registerState{version, value}}}
	}
	lost := func(ifVersion int64, value string) operation {
		return operation{registerInput{true, ifVersion, value}, registerOutput{unknown: true}}
	}
	stale := func(ifVersion int64, value string) operation {
		return operation{registerInput{true, ifVersion, value}, registerOutput{stale: true}}
	}
	for name, c := range map[string]struct {
		history []operation
		right   bool
	}{
		"one after the other":           {[]operation{read(1, "a"), write(0, "b", 2), write(2, "c", 3), read(3, "c")}, true},
		"stale as it should be":         {[]operation{read(1, "a"), write(1, "b", 2), stale(1, "c"), read(2, "b")}, true},
		"stale without a reason":        {[]operation{read(1, "a"), write(1, "b", 2), stale(2, "c"), read(2, "b")}, false},
		"a false success":               {[]operation{read(1, "a"), write(1, "b", 2), write(1, "c", 3)}, false},
		"an acknowledged write is lost": {[]operation{read(1, "a"), write(0, "b", 2), read(1, "a")}, false},
		"a write happened twice":        {[]operation{read(1, "a"), write(0, "b", 2), read(3, "b")}, false},
		"an unknown write happened":     {[]operation{read(1, "a"), lost(0, "b"), read(2, "b")}, true},
		"an unknown write did not":      {[]operation{read(1, "a"), lost(0, "b"), read(1, "a"), write(1, "c", 2)}, true},
		"an unknown write happens late": {[]operation{read(1, "a"), lost(0, "b"), write(0, "c", 2), read(3, "b")}, true},
		"an old write comes back":       {[]operation{read(1, "a"), write(0, "b", 2), write(0, "c", 3), read(4, "b")}, false},
	} {
		r := &register{name: name}
		for _, o := range c.history {
			r.note(now(), o.in, o.out)
		}
		if err := r.check(); (err == nil) != c.right {
			t.Errorf("%s: %v", name, err)
		}
	}
}

type operation struct {
	in  registerInput
	out registerOutput
}
