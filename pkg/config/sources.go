package config

import (
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"
)

// envPrefix begins the name of every variable.
const envPrefix = "TODOKIT_"

// configFlag is the flag, and with the prefix the variable, of the YAML file.
const configFlag = "config"

// variables are the variables of the environment that begin with the prefix.
type variables struct {
	environ []string
	keys    map[string]string // by the names of the known variables
}

func readEnviron(environ []string, fields []field) variables {
	vars := variables{keys: map[string]string{variable(configFlag): configFlag}}
	for _, f := range fields {
		for _, key := range f.keys() {
			vars.keys[variable(key)] = key
		}
	}
	for _, entry := range environ {
		if strings.HasPrefix(entry, envPrefix) {
			vars.environ = append(vars.environ, entry)
		}
	}
	return vars
}

// values returns the values of the known ones by their keys. An empty variable is
// not set.
func (vars variables) values() map[string]any {
	values := map[string]any{}
	for _, entry := range vars.environ {
		name, value, _ := strings.Cut(entry, "=")
		if key, known := vars.keys[name]; known && value != "" {
			values[key] = value
		}
	}
	return values
}

// warnings names the unknown ones, and no values, which may be secret.
func (vars variables) warnings() []string {
	var warnings []string
	for _, entry := range vars.environ {
		name, _, _ := strings.Cut(entry, "=")
		if _, known := vars.keys[name]; !known {
			warnings = append(warnings, "the variable "+name+" is unknown and was ignored")
		}
	}
	slices.Sort(warnings)
	return warnings
}

// readFile returns the values of the YAML file by their keys. In it a key may be
// nested, or written with dots.
func readFile(path string, fields []field) (map[string]any, error) {
	values := map[string]any{}
	if path == "" {
		return values, nil
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, &KeyError{Key: configFlag, Err: err}
	}
	var root map[string]any
	if err := yaml.Unmarshal(content, &root); err != nil {
		return nil, &KeyError{Key: configFlag, Err: fmt.Errorf("%s: %w", path, err)}
	}
	var wrong []error
	for key, value := range flatten("", root) {
		if holdsSecret(key, fields) {
			if err := CheckPrivate(path); err != nil {
				return nil, &KeyError{Key: key, Err: err}
			}
		}
		_, twice := values[key]
		switch {
		case !isKnown(key, fields) && (value != nil || !isSection(key, fields)):
			wrong = append(wrong, &KeyError{Key: key, Err: errors.New("is an unknown key in " + path)})
		case value == nil: // not set
		case twice:
			wrong = append(wrong, &KeyError{Key: key, Err: errors.New("is given twice in " + path)})
		default:
			values[key] = value
		}
	}
	slices.SortFunc(wrong, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return values, errors.Join(wrong...)
}

// flatten yields the values of a section with their keys, whose parts are joined
// by dots. A section of which all keys are comments has the value nil.
func flatten(prefix string, section map[string]any) iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		for name, value := range section {
			inner, nested := asSection(value)
			if len(inner) == 0 {
				if nested {
					value = nil
				}
				if !yield(prefix+name, value) {
					return
				}
			}
			for k, v := range flatten(prefix+name+delimiter, inner) {
				if !yield(k, v) {
					return
				}
			}
		}
	}
}

// asSection returns a value that is a section. YAML makes another map of one with
// a key that is not a string, such as a number.
func asSection(value any) (map[string]any, bool) {
	mixed, ok := value.(map[any]any)
	if !ok {
		section, ok := value.(map[string]any)
		return section, ok
	}
	section := make(map[string]any, len(mixed))
	for name, value := range mixed {
		section[fmt.Sprint(name)] = value
	}
	return section, true
}

func isKnown(key string, fields []field) bool {
	return slices.ContainsFunc(fields, func(f field) bool { return slices.Contains(f.keys(), key) })
}

// isSection returns whether keys are below the key.
func isSection(key string, fields []field) bool {
	return slices.ContainsFunc(fields, func(f field) bool { return strings.HasPrefix(f.key, key+delimiter) })
}

// holdsSecret returns whether the key is that of a Secret, not of its file.
func holdsSecret(key string, fields []field) bool {
	return slices.ContainsFunc(fields, func(f field) bool { return f.secret() && f.key == key })
}

// flagValues returns the flags that were given.
func flagValues(flags *pflag.FlagSet, fields []field) map[string]any {
	values := map[string]any{}
	if path := flags.Lookup(configFlag).Value.String(); path != "" {
		values[configFlag] = path
	}
	for _, f := range fields {
		switch flag := flags.Lookup(f.flag()); list := flag.Value.(type) {
		case pflag.SliceValue:
			if flag.Changed {
				values[flag.Name] = list.GetSlice()
			}
		default:
			if flag.Changed {
				values[flag.Name] = flag.Value.String()
			}
		}
	}
	return values
}
