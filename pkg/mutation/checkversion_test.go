package mutation_test

import (
	"errors"
	"testing"

	"todokit/pkg/errs"
	"todokit/pkg/mutation"
)

func TestCheckVersion(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		ifVersion, version int64
		want               error
	}{{0, 7, nil}, {7, 7, nil}, {6, 7, errs.ErrStaleVersion}, {8, 7, errs.ErrStaleVersion}} {
		if err := mutation.CheckVersion(c.ifVersion, c.version); !errors.Is(err, c.want) {
			t.Errorf("if %d, of %d: %v, want %v", c.ifVersion, c.version, err, c.want)
		}
	}
}

func TestRetry_CheckVersionFails_ReturnsStaleVersionAtOnce(t *testing.T) {
	t.Parallel()
	attempts := 0
	_, err := mutation.Retry(func() (struct{}, error) {
		attempts++
		return struct{}{}, mutation.CheckVersion(6, 7)
	})
	if !errors.Is(err, errs.ErrStaleVersion) || attempts != 1 {
		t.Errorf("%v after %d attempts", err, attempts)
	}
}
