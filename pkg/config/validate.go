package config

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
)

// KeyError says what is wrong with a key.
type KeyError struct {
	Key string
	Err error
}

// Error names the key, and its variable.
func (e *KeyError) Error() string { return e.Key + " (" + variable(e.Key) + "): " + e.Err.Error() }

// Unwrap returns what is wrong.
func (e *KeyError) Unwrap() error { return e.Err }

// Invalid is for Validate methods. The key is as the struct itself tags it;
// Load puts before it what an outer struct tags that one with.
func Invalid(key, format string, args ...any) error {
	return &KeyError{Key: key, Err: fmt.Errorf(format, args...)}
}

// Section is for a field, without a tag, of a struct whose keys may be found wrong
// only when they are used, as is a file that cannot be opened. Load sets it to what
// stands before the keys of the struct: "task.database".
type Section string

// Invalid is the function Invalid for a key of the section.
func (s Section) Invalid(key, format string, args ...any) error {
	return Invalid(join(string(s), key), format, args...)
}

// validate calls the Validate methods of dst and of every struct in it, and
// returns all their errors.
func validate(dst any) error {
	var found []error
	seen := map[string]bool{} // a method that is promoted from an embedded struct is called twice
	for _, err := range validateStruct(reflect.ValueOf(dst).Elem(), "") {
		if !seen[err.Error()] {
			seen[err.Error()] = true
			found = append(found, err)
		}
	}
	return errors.Join(found...)
}

func validateStruct(v reflect.Value, prefix string) []error {
	var found []error
	for t, value := range v.Fields() {
		if value.Kind() == reflect.Struct && t.IsExported() && value.Type() != secretType {
			found = append(found, validateStruct(value, join(prefix, t.Tag.Get("config")))...)
		}
	}
	if validator, ok := reflect.TypeAssert[interface{ Validate() error }](v.Addr()); ok {
		found = append(found, qualify(validator.Validate(), prefix)...)
	}
	return found
}

// qualify puts the prefix before the keys of an error, or of those joined in it.
func qualify(err error, prefix string) []error {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []error
		for _, e := range joined.Unwrap() {
			all = slices.Concat(all, qualify(e, prefix))
		}
		return all
	}
	if e, ok := errors.AsType[*KeyError](err); ok {
		return []error{&KeyError{Key: join(prefix, e.Key), Err: e.Err}}
	}
	if prefix != "" {
		err = fmt.Errorf("%s: %w", prefix, err)
	}
	return []error{err}
}
