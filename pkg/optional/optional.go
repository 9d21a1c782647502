// Package optional holds values that may be absent, where a zero value and no
// value mean different things: the fields of an update, the filters of a query.
package optional

// Value is a value that may be absent. The zero Value is absent.
type Value[T any] struct {
	Set   bool
	Value T // the zero value of T where Set is false
}

// Of returns a value that is present.
func Of[T any](v T) Value[T] { return Value[T]{Set: true, Value: v} }

// Or returns the value, or another where it is absent.
func (o Value[T]) Or(other T) T {
	if o.Set {
		return o.Value
	}
	return other
}
