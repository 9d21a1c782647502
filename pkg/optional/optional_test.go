package optional_test

import (
	"testing"

	"todokit/pkg/optional"
)

func TestValue_Or_ReturnsOtherOnlyIfAbsent(t *testing.T) {
	t.Parallel()
	if got := (optional.Value[int]{}).Or(7); got != 7 {
		t.Errorf("absent: got %d, want the other value", got)
	}
	if got := optional.Of(0).Or(7); got != 0 {
		t.Errorf("present: got %d, want its zero value", got)
	}
}
