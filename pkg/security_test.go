package pkg_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// testName is the name of a test in SECURITY.md: "folder.TestName".
var testName = regexp.MustCompile("`([a-z0-9/]+)\\.((?:Test|Fuzz)[A-Z]\\w*)`")

func TestSecurityPage_NamedTests_Exist(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	all := testName.FindAllStringSubmatch(string(page), -1)
	if len(all) < 50 {
		t.Errorf("it names only %d tests", len(all))
	}
	for _, name := range all {
		if !hasTest(t, name[1], name[2]) {
			t.Errorf("there is no %s in %s", name[2], name[1])
		}
	}
}

func hasTest(t *testing.T, folder, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	declared := regexp.MustCompile(`(?m)^func ` + name + `\(`)
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if declared.Match(source) {
			return true
		}
	}
	return false
}
