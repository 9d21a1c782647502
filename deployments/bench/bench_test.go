package main_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	bench "todokit/deployments/bench"
)

// TestMain is the bare handler's process as well, which the benchmark starts by
// calling itself.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "bare" {
		if err := bench.Execute(context.Background(), os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// The comparison is worth something only if both sides do the same. This is
// the real process against the real handler, over data as they are measured.
func TestBothSidesAnswerTheSame(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("the benchmark runs on Linux")
	}
	bin := t.TempDir()
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(bin, "standalone"), "todokit/deployments/standalone").CombinedOutput()
	if err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	if err := bench.Compare(t.Context(), bin); err != nil {
		t.Error(err)
	}
}
