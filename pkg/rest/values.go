package rest

import (
	"encoding/json"
	"strconv"
	"strings"

	"todokit/pkg/errs"
)

// Member reads the value of a member, null included, or returns what is wrong
// with it. The name in what it returns is relative to the member: empty, or
// "[3]" for an item of a list.
type Member func(value json.RawMessage) *errs.Field

// Reader returns a value of one type, or what is wrong with it, as Member does.
type Reader[T any] func(value json.RawMessage) (T, *errs.Field)

// Into reads a member into a variable.
func Into[T any](dst *T, read Reader[T]) Member {
	return func(value json.RawMessage) *errs.Field {
		v, problem := read(value)
		if problem == nil {
			*dst = v
		}
		return problem
	}
}

// OrNull reads null as the zero value.
func OrNull[T any](read Reader[T]) Reader[T] {
	return func(value json.RawMessage) (T, *errs.Field) {
		if isNull(value) {
			var zero T
			return zero, nil
		}
		return read(value)
	}
}

// ReadOnly refuses a member that clients see but cannot set.
func ReadOnly(json.RawMessage) *errs.Field { return invalid(errs.FieldReadOnly) }

// Text reads a string. It refuses NUL and what is no Unicode text.
func Text(value json.RawMessage) (string, *errs.Field) {
	if value[0] != '"' {
		return "", invalid(errs.FieldFormat, "a string")
	}
	if plain, ok := unescaped(value); ok {
		return plain, nil
	}
	s, problem := scalar[string](value, "a string")
	if problem == nil && (hasLoneSurrogate(value) || strings.ContainsRune(s, 0)) {
		return "", invalid(errs.FieldBadText)
	}
	return s, problem
}

// Number reads a number that a float64 can hold.
func Number(value json.RawMessage) (float64, *errs.Field) {
	return scalar[float64](value, "a number")
}

// Texts reads a list of strings.
func Texts(value json.RawMessage) ([]string, *errs.Field) {
	items, problem := scalar[[]json.RawMessage](value, "a list of strings")
	if problem != nil {
		return nil, problem
	}
	texts := make([]string, len(items))
	for i, item := range items {
		if texts[i], problem = Text(item); problem != nil {
			problem.Name = "[" + strconv.Itoa(i) + "]"
			return nil, problem
		}
	}
	return texts, nil
}

// scalar reads a value whose JSON type and Go type agree. encoding/json leaves
// a variable as it is for null, which is a wrong type here.
func scalar[T any](value json.RawMessage, want string) (T, *errs.Field) {
	var v T
	if isNull(value) {
		return v, invalid(errs.FieldFormat, want)
	}
	if err := json.Unmarshal(value, &v); err != nil {
		return v, invalid(errs.FieldFormat, want)
	}
	return v, nil
}

func isNull(value json.RawMessage) bool { return string(value) == "null" }

// hasLoneSurrogate returns whether a well-formed JSON string escapes half a
// character, which encoding/json would replace silently.
func hasLoneSurrogate(s []byte) bool {
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			continue
		}
		i++
		if s[i] != 'u' {
			continue
		}
		switch unit := escaped(s[i+1:]); {
		case unit >= 0xDC00 && unit < 0xE000:
			return true
		case unit >= 0xD800 && unit < 0xDC00:
			rest := s[i+5:]
			if len(rest) < 6 || rest[0] != '\\' || rest[1] != 'u' {
				return true
			}
			if low := escaped(rest[2:]); low < 0xDC00 || low >= 0xE000 {
				return true
			}
			i += 6
		}
		i += 4
	}
	return false
}

// escaped returns the code unit of the four hexadecimal digits at the start of s.
func escaped(s []byte) uint64 {
	unit, _ := strconv.ParseUint(string(s[:4]), 16, 16) // well-formed
	return unit
}

func invalid(code string, arg ...any) *errs.Field {
	f := errs.Invalid("", code, arg...)
	return &f
}
