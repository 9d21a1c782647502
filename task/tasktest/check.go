package tasktest

import (
	"errors"
	"reflect"
	"testing"
)

// must returns what a call has returned, or ends the test if that is an error:
// must(store.Task(ctx, ref))(t).
func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// refused demands an error: refused(store.Task(ctx, ref))(t, task.ErrTaskNotFound).
func refused[T any](_ T, err error) func(testing.TB, error) {
	return func(t testing.TB, want error) {
		t.Helper()
		if !errors.Is(err, want) {
			t.Fatalf("got error %v, want %v", err, want)
		}
	}
}

// succeed ends the test if a call has failed that returns nothing else.
func succeed(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// fail demands an error of a call that returns nothing else.
func fail(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got error %v, want %v", err, want)
	}
}

// same demands that two values are alike to the last field.
func same[T any](t testing.TB, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("got  %+v\nwant %+v", got, want)
	}
}
