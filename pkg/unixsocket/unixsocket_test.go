package unixsocket_test

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"todokit/pkg/unixsocket"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// shortDir is a folder whose path leaves room for that of a socket.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "tk")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// leaveSocket leaves a socket behind as a process does that is killed.
func leaveSocket(t *testing.T, path string) {
	t.Helper()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestListen_WhatIsAtThePath_ReplacedOnlyIfStale(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		prepare func(t *testing.T, path string)
		want    error
	}{
		"nothing":        {func(*testing.T, string) {}, nil},
		"a stale socket": {leaveSocket, nil},
		"a regular file": {func(t *testing.T, path string) { write(t, path) }, unixsocket.ErrNoSocket},
		"a folder":       {func(t *testing.T, path string) { check(t, os.Mkdir(path, 0o700)) }, unixsocket.ErrNoSocket},
		"a link to a file": {func(t *testing.T, path string) {
			write(t, path+".target")
			check(t, os.Symlink(path+".target", path))
		}, unixsocket.ErrNoSocket},
		"a link to a stale socket": {func(t *testing.T, path string) {
			leaveSocket(t, path+".target")
			check(t, os.Symlink(path+".target", path))
		}, unixsocket.ErrNoSocket},
		"a living socket of another program": {func(t *testing.T, path string) {
			l, err := net.Listen("unix", path)
			check(t, err)
			t.Cleanup(func() { check(t, l.Close()) })
		}, unixsocket.ErrInUse},
		"a living socket of ours": {func(t *testing.T, path string) {
			l, err := unixsocket.Listen(path)
			check(t, err)
			t.Cleanup(func() { check(t, l.Close()) })
		}, unixsocket.ErrInUse},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(shortDir(t), "s")
			c.prepare(t, path)
			before, _ := os.Lstat(path)
			l, err := unixsocket.Listen(path)
			if !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			if err != nil {
				if after, statErr := os.Lstat(path); statErr != nil || !os.SameFile(before, after) {
					t.Errorf("the file was touched: %v", statErr)
				}
				if _, statErr := os.Lstat(path + ".lock"); errors.Is(c.want, unixsocket.ErrNoSocket) && statErr == nil {
					t.Error("a lock was left beside a foreign file")
				}
				if !strings.Contains(err.Error(), path) {
					t.Errorf("the error does not name the path: %v", err)
				}
				return
			}
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%v, %v", info, err)
			}
			check(t, l.Close())
			check(t, l.Close()) // as a server does that is shut down
		})
	}
}

func TestListen_DatagramSocket_NotTouched(t *testing.T) {
	t.Parallel()
	path := filepath.Join(shortDir(t), "s")
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	check(t, err)
	defer func() { check(t, c.Close()) }()
	if _, err := unixsocket.Listen(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Lstat(path); err != nil {
		t.Error(err)
	}
}

func TestListen_SeveralAtOnce_OneWins(t *testing.T) {
	t.Parallel()
	path := filepath.Join(shortDir(t), "s")
	for range 20 {
		leaveSocket(t, path)
		var all, begin sync.WaitGroup
		begin.Add(1)
		var mu sync.Mutex
		var won []net.Listener
		for range 8 {
			all.Go(func() {
				begin.Wait()
				l, err := unixsocket.Listen(path)
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					won = append(won, l)
				} else if !errors.Is(err, unixsocket.ErrInUse) {
					t.Error(err)
				}
			})
		}
		begin.Done()
		all.Wait()
		if len(won) != 1 {
			t.Fatalf("%d listen on one socket", len(won))
		}
		check(t, won[0].Close())
	}
}

func TestListen_AnyPath_ListensOrSaysWhy(t *testing.T) {
	t.Parallel()
	dir := shortDir(t)
	for _, name := range []string{"a#b", "a?b", "a%41", "a b", "ä日本", "\xff", "@a", strings.Repeat("x", unixsocket.MaxPath-len(dir)-1)} {
		l, err := unixsocket.Listen(filepath.Join(dir, name))
		if err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		c, err := net.Dial("unix", l.Addr().String())
		check(t, err)
		check(t, errors.Join(c.Close(), l.Close()))
	}
	if _, err := unixsocket.Listen(filepath.Join(dir, strings.Repeat("x", unixsocket.MaxPath-len(dir)))); !errors.Is(err, unixsocket.ErrTooLong) {
		t.Errorf("one byte more: %v", err)
	}
	if _, err := unixsocket.Listen(filepath.Join(dir, "no", "folder")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
}

func write(t *testing.T, path string) {
	t.Helper()
	check(t, os.WriteFile(path, []byte("dear"), 0o600))
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
