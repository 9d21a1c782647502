package config

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// errNotText is for what YAML reads as a number or the like: 0123 would be 83.
var errNotText = errors.New("must be a text: put it in quotes")

// setters parse a text into a field, by the field's type. Strings and Secrets
// are taken as they are.
var setters = map[reflect.Type]func(v reflect.Value, text string) error{
	reflect.TypeFor[bool]():          setBool,
	reflect.TypeFor[int]():           setInt,
	reflect.TypeFor[int64]():         setInt,
	reflect.TypeFor[float64]():       setFloat,
	reflect.TypeFor[time.Duration](): setDuration,
	reflect.TypeFor[[]string]():      setList,
}

// set gives a field its value: a text from a flag or a variable, or what YAML
// made of it.
func set(v reflect.Value, raw any) error {
	if v.Kind() == reflect.String {
		text, ok := raw.(string)
		if !ok {
			return errNotText
		}
		v.SetString(text)
		return nil
	}
	switch raw := raw.(type) {
	case string:
		return setters[v.Type()](v, raw)
	case []string:
		return setItems(v, raw)
	case []any:
		items := make([]string, len(raw))
		for i, item := range raw {
			text, ok := item.(string)
			if !ok {
				return errNotText
			}
			items[i] = text
		}
		return setItems(v, items)
	default:
		return setters[v.Type()](v, fmt.Sprint(raw))
	}
}

func setBool(v reflect.Value, text string) error {
	b, err := strconv.ParseBool(text)
	if err != nil {
		return fmt.Errorf("%q is neither true nor false", text)
	}
	v.SetBool(b)
	return nil
}

func setInt(v reflect.Value, text string) error {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return fmt.Errorf("%q is not a whole number", text)
	}
	v.SetInt(n)
	return nil
}

func setFloat(v reflect.Value, text string) error {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return fmt.Errorf("%q is not a number", text)
	}
	v.SetFloat(n)
	return nil
}

func setDuration(v reflect.Value, text string) error {
	d, err := time.ParseDuration(text)
	if err != nil {
		return fmt.Errorf(`%q is not a duration such as "2s" or "1m30s"`, text)
	}
	v.SetInt(int64(d))
	return nil
}

func setList(v reflect.Value, text string) error { return setItems(v, strings.Split(text, ",")) }

// setItems leaves out blanks, so that a list may end with a comma, or be empty.
func setItems(v reflect.Value, items []string) error {
	if v.Kind() != reflect.Slice {
		return errors.New("must be one value, not a list")
	}
	list := []string{}
	for _, item := range items {
		if item = strings.TrimSpace(item); item != "" {
			list = append(list, item)
		}
	}
	v.Set(reflect.ValueOf(list))
	return nil
}

// formatValue returns a default as it would be written in a flag.
func formatValue(v reflect.Value) string {
	if list, ok := reflect.TypeAssert[[]string](v); ok {
		return strings.Join(list, ",")
	}
	return fmt.Sprint(v.Interface())
}
