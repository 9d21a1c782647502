package diskspace_test

import (
	"errors"
	"math"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"todokit/pkg/diskspace"
)

func TestRequire_MoreThanThereIs_ErrFullWithPath(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("the system is not asked")
	}
	dir := t.TempDir()
	if err := diskspace.Require(dir, 1); err != nil || diskspace.Full(dir) {
		t.Errorf("for a byte: %v", err)
	}
	if err := diskspace.Require(dir, math.MaxUint64); !errors.Is(err, diskspace.ErrFull) || !strings.Contains(err.Error(), dir) {
		t.Errorf("got %v, want ErrFull with %s", err, dir)
	}
}

func TestRequire_UnknownPath_IsNotFull(t *testing.T) {
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "missing")
	if err := diskspace.Require(missing, math.MaxUint64); err != nil || diskspace.Full(missing) {
		t.Errorf("got %v", err)
	}
}
