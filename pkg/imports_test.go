// Package pkg_test checks who may import whom, and that SECURITY.md names tests that exist.
package pkg_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

// A rule says what a layer may import.
type rule struct {
	from    string   // pattern of package paths below the module
	to      []string // patterns of what they may import of the module
	not     []string // patterns taken from to
	outside []string // what they may import of other modules; nil: anything
}

// rules are those of product code. In a pattern, {service} is user or task, the
// same throughout one rule; a star is one name, and "..." is everything below.
// The first rule whose from matches applies.
var rules = []rule{
	// The domain imports no adapter.
	{from: "{service}", to: []string{"pkg/backoff", "pkg/casefold", "pkg/errs", "pkg/ipnetwork", "pkg/keyed", "pkg/mutation", "pkg/optional", "pkg/timezone"}, outside: []string{"github.com/oklog/ulid/v2"}},
	// The conformance suites know nothing but the domain.
	{from: "{service}/{service}test", to: []string{"{service}", "pkg/casefold", "pkg/errs", "pkg/mutation", "pkg/optional"}},
	// The adapters.
	{from: "{service}/{service}endpoint", to: []string{"{service}", "pkg/..."}},
	{from: "{service}/{service}transport", to: []string{"{service}", "{service}/{service}endpoint", "api/...", "pkg/..."}},
	{from: "{service}/{service}store", to: []string{"{service}", "pkg/..."}},
	{from: "{service}/{service}cache", to: []string{"{service}", "{service}/{service}transport", "api/...", "pkg/..."}}, // for its codec
	{from: "user/userauth", to: []string{"user", "pkg/..."}},
	// The wiring of each program knows every part, but no other program.
	{from: "{service}/{service}app", to: []string{"..."}, not: []string{"*/*app"}},
	{from: "gateway/gatewayapp", to: []string{"..."}, not: []string{"*/*app"}},
	// The commands, and what starts whole systems.
	{from: "*/cmd/*", to: []string{"..."}},
	{from: "deployments/...", to: []string{"..."}},
	// The gateway depends on the ports, and on their clients.
	{from: "gateway/...", to: []string{"gateway/...", "user", "task", "*/*endpoint", "*/*transport", "api/...", "pkg/..."}, not: []string{"*/*app"}},
	// What all share knows no service.
	{from: "api/...", to: []string{"api/..."}},
	// The batches of calls belong to no service.
	{from: "pkg/callbatch", to: []string{"pkg/...", "api/callbatch/..."}},
	{from: "pkg/...", to: []string{"pkg/..."}},
}

// testRules are those of tests, which may import more: suites and fakes. Still pkg
// knows no service, and user and task do not know each other.
var testRules = []rule{
	{from: "*/*app", to: []string{"..."}},
	{from: "*/cmd/*", to: []string{"..."}},
	{from: "{service}/...", to: []string{"{service}/...", "api/...", "pkg/..."}},
	{from: "gateway/...", to: []string{"..."}},
	{from: "deployments/...", to: []string{"..."}},
	{from: "api/...", to: []string{"api/..."}},
	{from: "pkg/callbatch", to: []string{"pkg/...", "api/callbatch/..."}},
	{from: "pkg/...", to: []string{"pkg/..."}},
}

func TestImports_EveryPackage_FollowsTheRules(t *testing.T) {
	t.Parallel()
	for _, p := range listPackages(t) {
		for _, to := range p.Imports {
			if err := allowed(rules, p.ImportPath, to); err != nil {
				t.Error(err)
			}
		}
		for _, to := range slices.Concat(p.TestImports, p.XTestImports) {
			if err := allowed(testRules, p.ImportPath, to); err != nil {
				t.Errorf("in a test: %v", err)
			}
		}
	}
}

func TestImports_EveryPackage_HasARuleAndAName(t *testing.T) {
	t.Parallel()
	vague := []string{"util", "utils", "common", "helper", "helpers", "impl", "misc", "shared"}
	for _, p := range listPackages(t) {
		if _, ok := find(rules, local(p.ImportPath)); !ok {
			t.Errorf("%s: no rule matches it", p.ImportPath)
		}
		if slices.Contains(vague, path.Base(p.ImportPath)) {
			t.Errorf("%s: the name does not say what it does", p.ImportPath)
		}
	}
}

func TestImports_ForbiddenEdge_Refused(t *testing.T) {
	t.Parallel()
	for _, edge := range [][2]string{
		{"todokit/pkg/rpc", "todokit/user"},
		{"todokit/pkg/rpc", "todokit/api/task/v1"},
		{"todokit/pkg/process", "todokit/api/callbatch/v1"},
		{"todokit/user", "todokit/task"},
		{"todokit/user", "todokit/pkg/rpc"},
		{"todokit/task", "github.com/uptrace/bun"},
		{"todokit/task/taskstore", "todokit/api/task/v1"},
		{"todokit/task/taskstore", "todokit/user"},
		{"todokit/task/taskstore", "todokit/task/taskendpoint"},
		{"todokit/task/tasktransport", "todokit/user/userendpoint"},
		{"todokit/task/taskendpoint", "todokit/task/tasktransport"},
		{"todokit/user/usertest", "todokit/user/userstore"},
		{"todokit/user/userapp", "todokit/task/taskapp"},
		{"todokit/gateway", "todokit/user/userstore"},
		{"todokit/gateway", "todokit/gateway/gatewayapp"},
		{"todokit/api/user/v1", "todokit/pkg/errs"},
		{"todokit/internal/anything", "fmt"},
	} {
		if allowed(rules, edge[0], edge[1]) == nil {
			t.Errorf("%s → %s is allowed", edge[0], edge[1])
		}
	}
}

func TestImports_AllowedEdge_Accepted(t *testing.T) {
	t.Parallel()
	for _, edge := range [][2]string{
		{"todokit/user", "crypto/ed25519"},
		{"todokit/user", "github.com/oklog/ulid/v2"},
		{"todokit/task", "todokit/pkg/errs"},
		{"todokit/task/tasktransport", "todokit/api/task/v1"},
		{"todokit/task/taskapp", "todokit/user/usertransport"},
		{"todokit/task/cmd/tasksvc", "todokit/task/taskapp"},
		{"todokit/gateway/gatewayapp", "todokit/gateway"},
		{"todokit/gateway", "todokit/task/tasktransport"},
		{"todokit/deployments/standalone", "todokit/user/userapp"},
	} {
		if err := allowed(rules, edge[0], edge[1]); err != nil {
			t.Error(err)
		}
	}
}

const module = "todokit"

func local(importPath string) string { return strings.TrimPrefix(importPath, module+"/") }

// allowed returns an error if one package must not import the other.
func allowed(in []rule, from, to string) error {
	r, ok := find(in, local(from))
	switch {
	case !ok:
		return fmt.Errorf("%s: no rule matches it", from)
	case strings.HasPrefix(to, module+"/"):
		if to = local(to); matchAny(r.to, to) && !matchAny(r.not, to) {
			return nil
		}
	case isStandard(to), r.outside == nil, matchAny(r.outside, to):
		return nil
	}
	return fmt.Errorf("%s must not import %s", from, to)
}

// find returns the rule of a package, with {service} replaced.
func find(in []rule, pkg string) (rule, bool) {
	for _, r := range in {
		for _, service := range []string{"user", "task"} {
			fill := strings.NewReplacer("{service}", service)
			if !match(fill.Replace(r.from), pkg) {
				continue
			}
			filled := rule{from: fill.Replace(r.from), not: r.not, outside: r.outside}
			for _, to := range r.to {
				filled.to = append(filled.to, fill.Replace(to))
			}
			return filled, true
		}
	}
	return rule{}, false
}

func matchAny(patterns []string, pkg string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return match(p, pkg) })
}

func match(pattern, pkg string) bool {
	if below, ok := strings.CutSuffix(pattern, "..."); ok {
		return strings.HasPrefix(pkg+"/", below)
	}
	ok, err := path.Match(pattern, pkg)
	return ok && err == nil
}

// isStandard recognizes the standard library: its paths have no dot in the first
// element.
func isStandard(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return !strings.Contains(first, ".")
}

type listedPackage struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
}

func listPackages(t *testing.T) []listedPackage {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-json=ImportPath,Imports,TestImports,XTestImports", module+"/...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listedPackage
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listedPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) < 10 {
		t.Fatalf("go list found only %d packages", len(all))
	}
	return all
}
