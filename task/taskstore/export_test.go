package taskstore

import (
	"context"
	"errors"

	"todokit/pkg/batch"
	"todokit/task"
)

// RunBatch makes writes as one batch: insertions, and then replacements.
func (s *Store) RunBatch(ctx context.Context, in []task.TaskInsert, re []task.TaskReplacement) []batch.Result[task.Task] {
	var writes []write
	for i := range in {
		writes = append(writes, write{insert: &in[i]})
	}
	for _, r := range re {
		writes = append(writes, write{replace: r})
	}
	return s.runBatch(ctx, writes)
}

// SentAway says whether a write must be made by itself, and not in its batch.
func SentAway(err error) bool { return errors.Is(err, errNotBatchable) }
