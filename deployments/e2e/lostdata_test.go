package e2e_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"todokit/pkg/database"
)

// filledFolder is the folder of a standalone process that was used and stopped.
func filledFolder(t *testing.T) string {
	t.Helper()
	s := startStandalone(t)
	c := s.newUser(t)
	for range 40 { // some pages
		c.createTask(t, fields{"title": "Keep me", "content": strings.Repeat("x", 4000)})
	}
	s.shutDown(t, syscall.SIGTERM)
	return s.dataDir()
}

// refusedIn starts the standalone process on a folder that it must refuse, and
// requires that it says each of the words, and shows no stack.
func refusedIn(t *testing.T, dir string, words ...string) {
	t.Helper()
	out, code := runOnce(t, "standalone", settings{"ADMIN_ADDR": "127.0.0.1:0", "HTTP_ADDR": "127.0.0.1:0", "DATA_DIR": dir})
	if code == 0 || strings.Contains(out, "goroutine ") {
		t.Errorf("exit status %d: %s", code, out)
	}
	for _, word := range words {
		if !strings.Contains(out, word) {
			t.Errorf("it does not say %q: %s", word, out)
		}
	}
}

// served starts the standalone process on a folder, and stops it when it is ready.
func served(t *testing.T, dir string) {
	t.Helper()
	s := startIn(t, dir)
	s.newUser(t).createTask(t, fields{"title": "Here"})
	s.shutDown(t, syscall.SIGTERM)
}

func TestStandalone_OneDatabaseMissing_IsRefused(t *testing.T) {
	t.Parallel()
	dir := filledFolder(t)
	for _, name := range []string{"task.db", "user.db"} {
		path, away := filepath.Join(dir, name), filepath.Join(t.TempDir(), name)
		rename(t, path, away)
		refusedIn(t, dir, "data.dir", name+" is missing", dir)
		if err := os.WriteFile(path, nil, 0o600); err != nil { // as an interrupted copy leaves it
			t.Fatal(err)
		}
		refusedIn(t, dir, "data.dir", name+" is missing", dir)
		rename(t, away, path)
		served(t, dir)
	}
	// The operator who means it, and whose first start was interrupted.
	rename(t, filepath.Join(dir, "task.db"), filepath.Join(t.TempDir(), "task.db"))
	mark := filepath.Join(dir, "creating")
	if err := os.WriteFile(mark, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	served(t, dir)
	if _, err := os.Stat(mark); !os.IsNotExist(err) {
		t.Errorf("the next loss would not be noticed: %v", err)
	}
	for _, name := range []string{"task.db", "user.db"} {
		rename(t, filepath.Join(dir, name), filepath.Join(t.TempDir(), name))
	}
	served(t, dir)
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

func TestStandalone_NewerSchema_IsRefused(t *testing.T) {
	t.Parallel()
	dir := filledFolder(t)
	for _, service := range []string{"user", "task"} {
		statement := func(query string) {
			ctx, cancel := context.WithTimeout(t.Context(), waitTimeout)
			defer cancel()
			db, err := database.Open(ctx, database.Options{URL: "sqlite:" + filepath.Join(dir, service+".db")})
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if _, err := db.W.ExecContext(ctx, query); err != nil {
				t.Fatal(err)
			}
		}
		now := time.Now().UTC().Format(time.DateTime)
		statement("INSERT INTO " + service + "_migrations (name, group_id, migrated_at) VALUES ('9999', 99, '" + now + "')")
		refusedIn(t, dir, service+".database.url", "newer version", "9999")
		statement("DELETE FROM " + service + "_migrations WHERE name = '9999'")
	}
	served(t, dir)
}

func TestStandalone_DamagedDatabase_IsRefused(t *testing.T) {
	t.Parallel()
	dir := filledFolder(t)
	path := filepath.Join(dir, "task.db")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const page = 4096
	damaged := bytes.Clone(whole)
	copy(damaged[len(damaged)/page/2*page:], bytes.Repeat([]byte{0xA5}, page))
	if err := os.WriteFile(path, damaged, 0o600); err != nil {
		t.Fatal(err)
	}
	refusedIn(t, dir, "task.database.url", path, "damaged")
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	served(t, dir)
}

// TestStandalone_BadValue_NamesItsWholeKey is about keys that more than one service
// has, and values that are found wrong when they are used.
func TestStandalone_BadValue_NamesItsWholeKey(t *testing.T) {
	t.Parallel()
	other := file(t, "")
	for key, value := range map[string]string{
		"TASK_DATABASE_URL":       "mysql:/host/database",
		"USER_DATABASE_URL":       "sqlite:/no/such/folder/user.db",
		"TASK_DATABASE_URL_FILE":  "/no/such/file",
		"TASK_CACHE_URL":          "http://redis",
		"USER_GRPC_ADDR":          "unix:" + other,
		"TASK_GRPC_ADDR":          "nowhere",
		"TASK_GRPC_TLS_CERT_FILE": "/no/such/cert.pem",
	} {
		out, code := runOnce(t, "standalone", settings{
			"ADMIN_ADDR": "127.0.0.1:0", "HTTP_ADDR": "127.0.0.1:0", "DATA_DIR": filepath.Join(t.TempDir(), "data"), key: value,
		})
		want := strings.ReplaceAll(strings.ToLower(strings.TrimSuffix(key, "_FILE")), "_", ".")
		if strings.Contains(key, "TLS") {
			want = "task.grpc.tls."
		}
		if code == 0 || !strings.Contains(out, want) {
			t.Errorf("%s=%s: exit status %d, and it does not name %s: %s", key, value, code, want, out)
		}
	}
}
