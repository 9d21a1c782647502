package config

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"

	"github.com/spf13/pflag"
)

// parseFlags returns the flags of the command line. Returns *Output for --help
// and --version.
func parseFlags(args []string, program Program, fields []field) (*pflag.FlagSet, error) {
	flags := pflag.NewFlagSet(program.Name, pflag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.String(configFlag, "", "")
	help := flags.BoolP("help", "h", false, "")
	version := flags.Bool("version", false, "")
	for _, f := range fields {
		defineFlag(flags, f)
	}
	err := flags.Parse(args)
	switch {
	case err != nil:
		return nil, flagError(err, fields)
	case *help:
		return nil, &Output{Text: usage(program, fields)}
	case *version:
		return nil, &Output{Text: program.Name + " " + program.Version + "\n"}
	case flags.NArg() > 0:
		return nil, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	return flags, nil
}

// defineFlag leaves the parsing of values to this package, whose errors name keys.
func defineFlag(flags *pflag.FlagSet, f field) {
	switch f.value.Type() {
	case reflect.TypeFor[bool]():
		flags.String(f.flag(), "", "")
		flags.Lookup(f.flag()).NoOptDefVal = "true"
	case reflect.TypeFor[[]string]():
		flags.StringSlice(f.flag(), nil, "")
	default:
		flags.String(f.flag(), "", "")
	}
}

// flagError tells what to do instead where a secret was given as a flag.
func flagError(err error, fields []field) error {
	unknown, ok := errors.AsType[*pflag.NotExistError](err)
	if !ok {
		return err
	}
	for _, f := range fields {
		if f.secret() && f.key == unknown.GetSpecifiedName() {
			return &KeyError{Key: f.key, Err: fmt.Errorf(
				"is a secret, and so no flag: set %s, or --%s", variable(f.key), f.flag())}
		}
	}
	return err
}

// usage returns the text for --help: every key, with its flag, variable and default.
func usage(program Program, fields []field) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\nUsage: %s [flags]\n", strings.TrimSpace(program.Doc), program.Name)
	b.WriteString(`
Each key can be given as a flag, as a variable, or in a YAML file. A flag wins
over a variable, a variable over the file, and the file over the default.

`)
	writeEntry(&b, "--"+configFlag, variable(configFlag), "the YAML file", "")
	for _, f := range fields {
		if f.secret() {
			writeEntry(&b, f.key+" (a secret: no flag)", variable(f.key), f.usage, "")
			writeEntry(&b, "--"+f.flag(), variable(f.flag()), "or a file that holds it", "")
			continue
		}
		writeEntry(&b, "--"+f.flag(), variable(f.key), f.usage, formatValue(f.value))
	}
	b.WriteString("  -h, --help\n        print this and end\n  --version\n        print the version and end\n")
	return b.String()
}

func writeEntry(b *strings.Builder, name, variable, usage, value string) {
	fmt.Fprintf(b, "  %s  %s\n        %s", name, variable, usage)
	if value != "" {
		fmt.Fprintf(b, " (default %s)", value)
	}
	b.WriteByte('\n')
}
