package task_test

import (
	"testing"

	"todokit/task"
)

func TestCatalogue_Codes_Unique(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, e := range task.Catalogue() {
		if seen[e.Code] || e.Message == "" {
			t.Errorf("%q occurs twice, or says nothing", e.Code)
		}
		seen[e.Code] = true
	}
}
