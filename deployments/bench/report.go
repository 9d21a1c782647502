package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"os"
	"slices"
	"text/template"
)

// report is what template.md makes RESULTS.md of.
type report struct {
	Options    options
	Facts      [][2]string // on what it was measured
	Results    []result
	Mechanisms []result // with and without each
}

//go:embed template.md
var templateText string

// write prints the report, and writes it to a file, if there is to be one.
func (rep *report) write(file string) error {
	t, err := template.New("").Parse(templateText)
	if err != nil {
		return err
	}
	var text bytes.Buffer
	if err = t.Execute(&text, rep); err != nil {
		return err
	}
	fmt.Print(text.String())
	if file == "" {
		return nil
	}
	return os.WriteFile(file, text.Bytes(), 0o644) //nolint:gosec // it is for everyone
}

// Find returns a result by its name; nil: it was not measured.
func (rep *report) Find(name string) *result {
	if i := slices.IndexFunc(rep.Results, func(r result) bool { return r.Name == name }); i >= 0 {
		return &rep.Results[i]
	}
	return nil
}

// Errors are those of all results.
func (rep *report) Errors() (n int64) {
	for _, r := range slices.Concat(rep.Results, rep.Mechanisms) {
		n += r.Errors()
	}
	return n
}
