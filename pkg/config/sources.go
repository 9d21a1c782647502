package config

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/confmap"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/posflag"
	"github.com/knadh/koanf/providers/rawbytes"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/pflag"
)

// envPrefix begins the name of every variable.
const envPrefix = "TODOKIT_"

// configFlag is the flag, and with the prefix the variable, of the YAML file.
const configFlag = "config"

// variables are those of the environment that begin with the prefix.
type variables struct {
	environ []string
	keys    map[string]string // by the names of the known variables
}

func readEnviron(environ []string, fields []field) variables {
	vars := variables{keys: map[string]string{}}
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

// load adds the known ones; one that is set to nothing is not set.
func (vars variables) load(values *koanf.Koanf) error {
	return values.Load(env.Provider(delimiter, env.Opt{
		EnvironFunc: func() []string { return vars.environ },
		TransformFunc: func(name, value string) (string, any) {
			if value == "" {
				return "", nil
			}
			return vars.keys[name], value
		},
	}), nil)
}

// warnings names the unknown ones, and no values, which may be secret.
func (vars variables) warnings() []string {
	var warnings []string
	for _, entry := range vars.environ {
		name, _, _ := strings.Cut(entry, "=")
		if _, known := vars.keys[name]; !known && name != variable(configFlag) {
			warnings = append(warnings, "the variable "+name+" is unknown and was ignored")
		}
	}
	slices.Sort(warnings)
	return warnings
}

// configFile returns the path of the YAML file; empty is none.
func configFile(flags *pflag.FlagSet, vars variables) string {
	if path, _ := flags.GetString(configFlag); path != "" {
		return path
	}
	for _, entry := range vars.environ {
		if path, ok := strings.CutPrefix(entry, variable(configFlag)+"="); ok {
			return path
		}
	}
	return ""
}

// loadFile adds the YAML file. In it a key may be nested, or written with dots.
func loadFile(values *koanf.Koanf, path string, fields []field) error {
	if path == "" {
		return nil
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return &KeyError{Key: configFlag, Err: err}
	}
	file := koanf.New(delimiter)
	if err := file.Load(rawbytes.Provider(content), yaml.Parser()); err != nil {
		return &KeyError{Key: configFlag, Err: fmt.Errorf("%s: %w", path, err)}
	}
	flat := file.All()
	var unknown []error
	for key, value := range flat {
		if holdsSecret(key, fields) {
			if err := CheckPrivate(path); err != nil {
				return &KeyError{Key: key, Err: err}
			}
		}
		switch {
		case isEmpty(value):
			delete(flat, key)
		case !isKnown(key, fields):
			unknown = append(unknown, &KeyError{Key: key, Err: errors.New("is an unknown key in " + path)})
		}
	}
	if len(unknown) > 0 {
		slices.SortFunc(unknown, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
		return errors.Join(unknown...)
	}
	return values.Load(confmap.Provider(flat, delimiter), nil)
}

// isEmpty says whether a key has nothing behind it, such as a heading of which
// all keys are comments.
func isEmpty(value any) bool {
	section, ok := value.(map[string]any)
	return value == nil || ok && len(section) == 0
}

func isKnown(key string, fields []field) bool {
	return slices.ContainsFunc(fields, func(f field) bool { return slices.Contains(f.keys(), key) })
}

// holdsSecret says whether the key is of a Secret itself, not of its file.
func holdsSecret(key string, fields []field) bool {
	return slices.ContainsFunc(fields, func(f field) bool { return f.secret() && f.key == key })
}

// loadFlags adds the flags that were given.
func loadFlags(values *koanf.Koanf, flags *pflag.FlagSet) error {
	return values.Load(posflag.ProviderWithFlag(flags, delimiter, nil, func(f *pflag.Flag) (string, any) {
		if !f.Changed {
			return "", nil
		}
		return f.Name, posflag.FlagVal(flags, f)
	}), nil)
}
