package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
)

// checked is how many requests of each plan are compared.
const checked = 5

// check makes sure, before anything is measured, that both sides do the same
// work: the same requests must have the same answers. The mix is made of the
// others, and would read what those have changed.
func (p *pair) check(ctx context.Context, all []workload) error {
	todokit, bare := newClient(p.todokit.base), newClient(p.bare.base)
	for _, w := range all {
		if w.alone || w.name == mixName {
			continue
		}
		plan := w.plan(p.crowd, newRandom("check "+w.name).Rand)
		for _, r := range plan[:min(checked, len(plan))] {
			one, err := todokit.call(ctx, r.method, r.path, r.who.access, r.body)
			if err != nil {
				return fmt.Errorf("check %s: %w", w.name, err)
			}
			other, err := bare.call(ctx, r.method, r.path, r.who.access, r.body)
			if err != nil {
				return fmt.Errorf("check %s: %w", w.name, err)
			}
			if err := sameAnswer(r.method, one, other); err != nil {
				return fmt.Errorf("todokit and the bare handler answer %s %s differently: %w", r.method, r.path, err)
			}
		}
	}
	return nil
}

// sameAnswer compares two answers to the same request.
func sameAnswer(method string, one, other answer) error {
	if one.status != other.status || one.status/100 != 2 {
		return fmt.Errorf("status %d and %d", one.status, other.status)
	}
	for _, name := range []string{"Content-Type", "ETag"} {
		if a, b := one.header.Get(name), other.header.Get(name); a != b {
			return fmt.Errorf("%s %q and %q", name, a, b)
		}
	}
	if (one.header.Get("Location") == "") != (other.header.Get("Location") == "") {
		return errors.New("one of them has a Location")
	}
	var a, b any
	if err := errors.Join(json.Unmarshal(one.body, &a), json.Unmarshal(other.body, &b)); err != nil {
		return err
	}
	return same("$", a, b, own(method))
}

// own are the members that each side decides by itself: of these, only the
// kind has to be the same.
func own(method string) []string {
	switch method {
	case http.MethodPost:
		return []string{"id", "position", "create_time", "update_time"}
	case http.MethodPatch:
		return []string{"update_time"}
	default:
		return []string{"next_page_token"}
	}
}

// same compares two values of JSON.
func same(at string, a, b any, loose []string) error {
	switch a := a.(type) {
	case map[string]any:
		return sameObject(at, a, b, loose)
	case []any:
		return sameArray(at, a, b, loose)
	}
	if a != b {
		return fmt.Errorf("%s is %v and %v", at, a, b)
	}
	return nil
}

func sameObject(at string, a map[string]any, other any, loose []string) error {
	b, ok := other.(map[string]any)
	if !ok {
		return fmt.Errorf("%s is an object, and %v", at, other)
	}
	if x, y := slices.Sorted(maps.Keys(a)), slices.Sorted(maps.Keys(b)); !slices.Equal(x, y) {
		return fmt.Errorf("%s has the members %v and %v", at, x, y)
	}
	for name, value := range a {
		if slices.Contains(loose, name) {
			if reflect.TypeOf(value) != reflect.TypeOf(b[name]) || (value == "") != (b[name] == "") {
				return fmt.Errorf("%s.%s is %v and %v", at, name, value, b[name])
			}
			continue
		}
		if err := same(at+"."+name, value, b[name], loose); err != nil {
			return err
		}
	}
	return nil
}

func sameArray(at string, a []any, other any, loose []string) error {
	b, ok := other.([]any)
	if !ok || len(a) != len(b) {
		return fmt.Errorf("%s is an array of %d, and %v", at, len(a), other)
	}
	for i := range a {
		if err := same(fmt.Sprintf("%s[%d]", at, i), a[i], b[i], loose); err != nil {
			return err
		}
	}
	return nil
}
