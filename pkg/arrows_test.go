// Package pkg_test holds the map of who may import whom, and keeps it true.
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

// A room is a kind of package, and the arrows that may leave it.
type room struct {
	from    string   // pattern of package paths below the module
	to      []string // patterns of what they may import of the module
	not     []string // patterns taken from to
	outside []string // what they may import of other modules; nil: anything
}

// rooms is the map. In a pattern, {service} is user or task, the same wherever
// it stands in one room; a star is one name, and "..." is everything below.
// The first pattern that fits counts.
var rooms = []room{
	// The domain: what could be replaced imports it, and never the other way.
	{from: "{service}", to: []string{"pkg/backoff", "pkg/errs", "pkg/mutation", "pkg/optional"}, outside: []string{"github.com/oklog/ulid/v2"}},
	// The conformance suites speak the words of their domain only.
	{from: "{service}/{service}test", to: []string{"{service}", "pkg/errs", "pkg/mutation", "pkg/optional"}},
	// The adapters of the domain.
	{from: "{service}/{service}endpoint", to: []string{"{service}", "pkg/..."}},
	{from: "{service}/{service}transport", to: []string{"{service}", "{service}/{service}endpoint", "api/...", "pkg/..."}},
	{from: "{service}/{service}store", to: []string{"{service}", "pkg/..."}},
	{from: "{service}/{service}cache", to: []string{"{service}", "{service}/{service}transport", "api/...", "pkg/..."}}, // for its codec
	{from: "user/userauth", to: []string{"user", "pkg/..."}},
	// The assemblies know every part, but not each other.
	{from: "{service}/{service}app", to: []string{"..."}, not: []string{"*/*app"}},
	{from: "gateway/gatewayapp", to: []string{"..."}, not: []string{"*/*app"}},
	// Whoever starts processes may import everything.
	{from: "*/cmd/*", to: []string{"..."}},
	{from: "deployments/...", to: []string{"..."}},
	// The gateway depends on the ports, and on the ways to reach them.
	{from: "gateway/...", to: []string{"gateway/...", "user", "task", "*/*endpoint", "*/*transport", "api/...", "pkg/..."}, not: []string{"*/*app"}},
	// What all three share has no knowledge of them.
	{from: "api/...", to: []string{"api/..."}},
	// The envelope of calls belongs to no service.
	{from: "pkg/rpc", to: []string{"pkg/...", "api/bundle/..."}},
	{from: "pkg/...", to: []string{"pkg/..."}},
}

// Tests may reach for more: the suites and fakes of any room, though pkg still
// knows no service, and user and task do not know each other.
var testRooms = []room{
	{from: "*/*app", to: []string{"..."}},
	{from: "*/cmd/*", to: []string{"..."}},
	{from: "{service}/...", to: []string{"{service}/...", "api/...", "pkg/..."}},
	{from: "gateway/...", to: []string{"..."}},
	{from: "deployments/...", to: []string{"..."}},
	{from: "api/...", to: []string{"api/..."}},
	{from: "pkg/rpc", to: []string{"pkg/...", "api/bundle/..."}},
	{from: "pkg/...", to: []string{"pkg/..."}},
}

func TestArrows(t *testing.T) {
	t.Parallel()
	for _, p := range listPackages(t) {
		for _, to := range p.Imports {
			if err := allowed(rooms, p.ImportPath, to); err != nil {
				t.Error(err)
			}
		}
		for _, to := range slices.Concat(p.TestImports, p.XTestImports) {
			if err := allowed(testRooms, p.ImportPath, to); err != nil {
				t.Errorf("in a test: %v", err)
			}
		}
	}
}

func TestEveryPackageHasARoom(t *testing.T) {
	t.Parallel()
	vague := []string{"util", "utils", "common", "helper", "helpers", "impl", "misc", "shared"}
	for _, p := range listPackages(t) {
		if _, ok := find(rooms, local(p.ImportPath)); !ok {
			t.Errorf("%s: the map has no room for it", p.ImportPath)
		}
		if slices.Contains(vague, path.Base(p.ImportPath)) {
			t.Errorf("%s: the name says nothing of what it does", p.ImportPath)
		}
	}
}

// TestMapRefuses proves that the map can be broken.
func TestMapRefuses(t *testing.T) {
	t.Parallel()
	for _, edge := range [][2]string{
		{"todokit/pkg/rpc", "todokit/user"},
		{"todokit/pkg/rpc", "todokit/api/task/v1"},
		{"todokit/pkg/process", "todokit/api/bundle/v1"},
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
		if allowed(rooms, edge[0], edge[1]) == nil {
			t.Errorf("%s → %s: the map lets it pass", edge[0], edge[1])
		}
	}
}

func TestMapAllows(t *testing.T) {
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
		if err := allowed(rooms, edge[0], edge[1]); err != nil {
			t.Error(err)
		}
	}
}

const module = "todokit"

func local(importPath string) string { return strings.TrimPrefix(importPath, module+"/") }

// allowed says what is wrong with one package importing another, or nil.
func allowed(in []room, from, to string) error {
	r, ok := find(in, local(from))
	switch {
	case !ok:
		return fmt.Errorf("%s: the map has no room for it", from)
	case strings.HasPrefix(to, module+"/"):
		if to = local(to); matchAny(r.to, to) && !matchAny(r.not, to) {
			return nil
		}
	case isStandard(to), r.outside == nil, matchAny(r.outside, to):
		return nil
	}
	return fmt.Errorf("%s must not import %s", from, to)
}

// find returns the room of a package, with {service} filled in.
func find(in []room, pkg string) (room, bool) {
	for _, r := range in {
		for _, service := range []string{"user", "task"} {
			fill := strings.NewReplacer("{service}", service)
			if !match(fill.Replace(r.from), pkg) {
				continue
			}
			filled := room{from: fill.Replace(r.from), not: r.not, outside: r.outside}
			for _, to := range r.to {
				filled.to = append(filled.to, fill.Replace(to))
			}
			return filled, true
		}
	}
	return room{}, false
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

// isStandard knows the standard library by its paths, which have no dot in
// their first name.
func isStandard(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return !strings.Contains(first, ".")
}

type listed struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
}

func listPackages(t *testing.T) []listed {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-json=ImportPath,Imports,TestImports,XTestImports", module+"/...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
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
