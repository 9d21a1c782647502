package config

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// delimiter separates the parts of a key.
const delimiter = "."

// fileSuffix makes the key of a file out of the key of a Secret.
const fileSuffix = "_file"

// field is one key, and where its value goes.
type field struct {
	key       string
	usage     string
	minLength int // characters that a Secret must have
	value     reflect.Value
}

var (
	secretType  = reflect.TypeFor[Secret]()
	sectionType = reflect.TypeFor[Section]()
)

func (f field) secret() bool { return f.value.Type() == secretType }

// flag returns the name of the field's flag: for a Secret, that of its file.
func (f field) flag() string {
	if f.secret() {
		return f.key + fileSuffix
	}
	return f.key
}

// keys returns the keys under which the field may be set.
func (f field) keys() []string {
	if f.secret() {
		return []string{f.key, f.key + fileSuffix}
	}
	return []string{f.key}
}

// variable returns the name of the variable of a key.
func variable(key string) string {
	return envPrefix + strings.ToUpper(strings.NewReplacer(".", "_", "-", "_").Replace(key))
}

// fieldsOf returns the fields of a pointer to a struct, in their order.
func fieldsOf(dst any) ([]field, error) {
	v := reflect.ValueOf(dst)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		return nil, fmt.Errorf("configuration goes into a pointer to a struct, not %T", dst)
	}
	fields := collectFields(v.Elem(), "")
	owners := map[string]string{variable("config"): "config", variable("help"): "help", variable("version"): "version"}
	for _, f := range fields {
		if f.value.Kind() != reflect.String && !f.secret() && setters[f.value.Type()] == nil {
			return nil, fmt.Errorf("%s: a %s cannot be configured", f.key, f.value.Type())
		}
		for _, key := range f.keys() {
			if other, taken := owners[variable(key)]; taken {
				return nil, fmt.Errorf("the keys %s and %s have the same variable", other, key)
			}
			owners[variable(key)] = key
		}
	}
	return fields, nil
}

func collectFields(v reflect.Value, prefix string) []field {
	var fields []field
	for t, value := range v.Fields() {
		if !t.IsExported() && !t.Anonymous {
			continue
		}
		key := join(prefix, t.Tag.Get("config"))
		switch {
		case value.Type() == sectionType:
			value.SetString(key)
		case value.Kind() == reflect.Struct && value.Type() != secretType:
			fields = append(fields, collectFields(value, key)...)
		case t.Tag.Get("config") != "":
			minLength, _ := strconv.Atoi(t.Tag.Get("least"))
			fields = append(fields, field{key: key, usage: t.Tag.Get("usage"), minLength: minLength, value: value})
		}
	}
	return fields
}

func join(prefix, key string) string {
	if prefix == "" || key == "" {
		return prefix + key
	}
	return prefix + delimiter + key
}

// assign sets the field if there is a value for it.
func (f field) assign(values map[string]any) error {
	raw := values[f.key]
	if f.secret() {
		return f.assignSecret(raw, values[f.key+fileSuffix])
	}
	if raw == nil {
		return nil
	}
	return set(f.value, raw)
}

// assignSecret takes a secret that is given as a text, or as the path of a file.
func (f field) assignSecret(raw, file any) error {
	path := ""
	if file != nil {
		path = fmt.Sprint(file)
	}
	secret, err := Secret{}, error(nil)
	text, isText := raw.(string)
	switch {
	case raw == nil && path == "":
		return nil
	case raw != nil && path != "":
		return errors.New("is set, and so is " + f.key + fileSuffix + ": which one is meant?")
	case path != "":
		secret, err = readSecret(path)
	case isText:
		secret = NewSecret(text)
	default:
		err = errNotText
	}
	if err == nil && utf8.RuneCountInString(secret.Reveal()) < f.minLength {
		err = fmt.Errorf("is too short: a secret of at least %d characters is needed", f.minLength)
	}
	if err == nil {
		f.value.Set(reflect.ValueOf(secret))
	}
	return err
}
