package gateway_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"todokit/pkg/errs"
)

// source is the product's code.
type source struct {
	files  []*ast.File
	consts map[string]ast.Expr // by name; those of texts have names of their own
}

func readSource(t *testing.T) source {
	t.Helper()
	s := source{consts: map[string]ast.Expr{}}
	for _, root := range []string{"../gateway", "../pkg", "../task", "../user"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && strings.HasSuffix(d.Name(), "test"):
				return filepath.SkipDir // suites and fakes
			case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
				return nil
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			s.files = append(s.files, file)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range s.files {
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Names) == len(spec.Values) {
				for i, name := range spec.Names {
					s.consts[name.Name] = spec.Values[i]
				}
			}
			return true
		})
	}
	return s
}

// texts returns the texts among those arguments of all calls that pick returns.
func (s source) texts(pick func(*ast.CallExpr) []ast.Expr) []string {
	var all []string
	for _, file := range s.files {
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				for _, arg := range pick(call) {
					all = append(all, s.literals(arg)...)
				}
			}
			return true
		})
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// details are the formats of details: the first argument of WithDetail and of
// what passes it on.
func details(call *ast.CallExpr) []ast.Expr {
	if len(call.Args) > 0 && slices.Contains([]string{"WithDetail", "malformed", "refuse"}, nameOf(call.Fun)) {
		return call.Args[:1]
	}
	return nil
}

// arguments are those of the messages of fields, which stand behind the code.
func arguments(call *ast.CallExpr) []ast.Expr {
	i := slices.IndexFunc(call.Args, func(arg ast.Expr) bool { return strings.HasPrefix(nameOf(arg), "Field") })
	if nameOf(call.Fun) == "scalar" {
		i = 0
	}
	if i < 0 {
		return nil
	}
	return call.Args[i+1:]
}

// nameOf returns the name of a function or a constant, without its package.
func nameOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.IndexExpr: // with a type argument
		return nameOf(e.X)
	default:
		return ""
	}
}

// literals returns what an expression is, if that is known, and otherwise the
// texts in it.
func (s source) literals(e ast.Expr) []string {
	if text, ok := s.value(e); ok {
		return []string{text}
	}
	var all []string
	ast.Inspect(e, func(n ast.Node) bool {
		if part, ok := n.(ast.Expr); ok {
			if text, ok := s.value(part); ok {
				all = append(all, text)
				return false
			}
		}
		return true
	})
	return all
}

func (s source) value(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, e.Kind == token.STRING && err == nil
	case *ast.Ident:
		value, ok := s.consts[e.Name]
		if !ok {
			return "", false
		}
		return s.value(value)
	case *ast.SelectorExpr:
		return s.value(e.Sel)
	case *ast.BinaryExpr:
		left, okLeft := s.value(e.X)
		right, okRight := s.value(e.Y)
		return left + right, okLeft && okRight && e.Op == token.ADD
	default:
		return "", false
	}
}

// verb is one of a format.
var verb = regexp.MustCompile(`%[dsv]`)

func TestChinese_EveryDetailInTheCode_IsTranslated(t *testing.T) {
	t.Parallel()
	formats := readSource(t).texts(details)
	if len(formats) < 15 {
		t.Fatalf("only %q", formats)
	}
	for _, format := range formats {
		if !strings.HasSuffix(format, ".") {
			continue // no sentence: another function of the name
		}
		args := slices.Repeat([]any{"x"}, len(verb.FindAllString(format, -1)))
		checkChinese(t, format, inChinese(t, errs.ErrInvalid.WithDetail(format, args...)))
	}
}

func TestChinese_EveryArgumentInTheCode_IsTranslated(t *testing.T) {
	t.Parallel()
	args := readSource(t).texts(arguments)
	if len(args) < 20 {
		t.Fatalf("only %q", args)
	}
	for _, arg := range args {
		arg = verb.ReplaceAllString(arg, "7")
		checkChinese(t, arg, inChinese(t, errs.ErrInvalid.WithFields(errs.Invalid("title", errs.FieldFormat, arg))))
	}
}
