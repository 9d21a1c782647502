// Package config fills the configuration struct of a process: from flags, then
// environment variables, then a YAML file, then the values that are in the
// struct already. A key has one name in all of them: the flag --http.addr is
// the variable TODOKIT_HTTP_ADDR and http.addr in the file.
//
// A struct says its keys in tags. Structs nest: one with a tag puts it before
// the keys inside, one without a tag just groups.
//
//	type Config struct {
//		Admin struct {
//			Addr string `config:"admin.addr" usage:"where to serve metrics"`
//		}
//		User userapp.Config `config:"user"` // user.database.url …
//	}
//
// Fields are strings, booleans, integers, floats, durations ("1m30s"), lists
// of strings (with commas between them) and Secrets.
//
// A Secret is never a flag, where every account of the machine could read it.
// It comes from its variable, from YAML, or from a file, whose path is the key
// with _file behind it. URLs that may hold a password are Secrets as well,
// whether one holds a password or not: database.url, cache.url. A file with a
// Secret in it must not be open to every account. A tag least:"8" refuses a
// Secret of fewer characters.
//
// A variable that is set to nothing is not set. Whatever is unknown stops the
// process, but an unknown variable is only worth a warning: platforms inject
// variables of their own.
package config

import (
	"errors"
	"maps"
)

// Program describes the command that is configured.
type Program struct {
	Name    string // of the command
	Doc     string // what it does, in some sentences, for --help
	Version string // for --version
}

// Output is the error that Load returns when the command line asks for a text
// (--help, --version) instead of a run: print it and exit with success.
//
//nolint:errname // it is no failure
type Output struct{ Text string }

// Error returns the text.
func (o *Output) Error() string { return o.Text }

// Load fills dst, a pointer to a struct whose values are the defaults, and
// calls Validate on each struct in it that has such a method. The warnings
// name unknown variables. Returns *Output, or an error that names every key
// that is wrong, each with a *KeyError. No value of a Secret is in an error.
func Load(args, environ []string, program Program, dst any) (warnings []string, err error) {
	fields, err := fieldsOf(dst)
	if err != nil {
		return nil, err
	}
	flags, err := parseFlags(args, program, fields)
	if err != nil {
		return nil, err
	}
	vars := readEnviron(environ, fields)
	given := vars.values()
	maps.Copy(given, flagValues(flags, fields))
	path, _ := given[configFlag].(string)
	values, err := readFile(path, fields)
	if err != nil {
		return nil, err
	}
	maps.Copy(values, given)
	if err := assign(values, fields); err != nil {
		return vars.warnings(), err
	}
	return vars.warnings(), validate(dst)
}

// assign sets the fields for which there is a value.
func assign(values map[string]any, fields []field) error {
	var wrong []error
	for _, f := range fields {
		if err := f.assign(values); err != nil {
			wrong = append(wrong, &KeyError{Key: f.key, Err: err})
		}
	}
	return errors.Join(wrong...)
}
