package timezone_test

import (
	"archive/zip"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"todokit/pkg/timezone"
)

func TestLoad_NameOfTheDatabase_Found(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"UTC", "GMT", "Etc/GMT+12", "Europe/Berlin", "America/Argentina/Buenos_Aires", "America/Port-au-Prince",
		"Asia/Calcutta", "Asia/Kolkata", "US/Pacific", "EST5EDT", "Zulu", "Europe/Kiev", "Europe/Kyiv",
	} {
		if zone, err := timezone.Load(name); err != nil || zone.String() != name {
			t.Errorf("%s: %v, %v", name, zone, err)
		}
	}
}

func TestLoad_OtherText_Refused(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"", " ", "Local", "localtime", "posixrules", "right/Europe/Berlin", "posix/Europe/Berlin", "Europe//Berlin", "./Europe/Berlin",
		"Europe/./Berlin", "Europe/../Europe/Berlin", "/usr/share/zoneinfo/UTC", "../../etc/passwd", "Europe/Berlin/", "/Europe/Berlin",
		"europe/berlin", "EUROPE/BERLIN", "utc", "Utc", "Europe/berlin", "Europe\\Berlin", "Europe", "Berlin", "Europe/Berlin ", " UTC",
		"Europe/Berlin\n", "\nUTC", "UTC\nGMT", "UTC\x00", "+01:00", "UTC+1", "GMT+1", "CEST", "tzdata.zi", "zone.tab", "Europe/Atlantis", "Ευρώπη/Αθήνα",
	} {
		if zone, err := timezone.Load(name); err == nil {
			t.Errorf("%q is taken for %v", name, zone)
		}
	}
}

// The list is that of the database. If this fails after an upgrade of Go, put
// the names that it prints into the list, or take them out.
func TestLoad_EveryNameOfGo_Known(t *testing.T) {
	t.Parallel()
	root, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	database, err := zip.OpenReader(filepath.Join(strings.TrimSpace(string(root)), "lib", "time", "zoneinfo.zip"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Fatal("this Go has no database: install one that has")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer database.Close()
	var want []string
	for _, f := range database.File {
		if !f.FileInfo().IsDir() {
			want = append(want, f.Name)
		}
	}
	slices.Sort(want)
	text, err := os.ReadFile("names.txt")
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	if !slices.Equal(got, want) {
		t.Errorf("names.txt has %d names, the database %d:\n%s", len(got), len(want), strings.Join(want, "\n"))
	}
	for _, name := range got {
		if _, err := timezone.Load(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
