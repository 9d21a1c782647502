// Command typecheck type-checks our packages as they are on another system, for
// example
//
//	go run ./.ci/typecheck darwin/arm64 windows/amd64
//
// It finds what the compiler would refuse, in seconds: nothing is compiled, and of
// other modules only the declarations are read.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// listed is what `go list` tells of a package.
type listed struct {
	ImportPath string
	Dir        string
	GoFiles    []string
	ImportMap  map[string]string
	Module     *struct{ Main bool }
}

func main() {
	failed := false
	for _, system := range os.Args[1:] {
		if err := check(system); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", system, err)
			failed = true
		}
	}
	if failed {
		os.Exit(1)
	}
}

// check type-checks all packages, each after those that it imports.
func check(system string) error {
	goos, goarch, _ := strings.Cut(system, "/")
	cmd := exec.Command("go", "list", "-deps", "-json=ImportPath,Dir,GoFiles,ImportMap,Module", "./...")
	cmd.Env = append(os.Environ(), "GOOS="+goos, "GOARCH="+goarch, "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return err
	}
	done := map[string]*types.Package{"unsafe": types.Unsafe}
	var wrong []error
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return errors.Join(wrong...)
		} else if err != nil {
			return err
		}
		if p.ImportPath == "unsafe" {
			continue
		}
		found, err := p.check(goarch, done)
		if err != nil {
			return err
		}
		wrong = append(wrong, found...)
	}
}

// check returns what is wrong with a package of ours. Of another's, only the
// declarations are looked at, and their errors are not ours.
func (p listed) check(goarch string, done map[string]*types.Package) (wrong []error, err error) {
	files := token.NewFileSet()
	var syntax []*ast.File
	for _, name := range p.GoFiles {
		f, err := parser.ParseFile(files, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		syntax = append(syntax, f)
	}
	ours := p.Module != nil && p.Module.Main
	config := types.Config{
		Importer:         importer{p.ImportMap, done},
		IgnoreFuncBodies: !ours,
		Sizes:            types.SizesFor("gc", goarch),
		Error: func(err error) {
			if ours {
				wrong = append(wrong, err)
			}
		},
	}
	done[p.ImportPath], _ = config.Check(p.ImportPath, files, syntax, nil) // errors went to Error
	return wrong, nil
}

// importer knows the packages that were checked.
type importer struct {
	names map[string]string // by the path in the source, where that is another
	done  map[string]*types.Package
}

func (i importer) Import(path string) (*types.Package, error) {
	if name, ok := i.names[path]; ok {
		path = name
	}
	if p := i.done[path]; p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("%s is not listed", path)
}
