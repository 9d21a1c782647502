package task

import (
	"time"

	"todokit/pkg/mutation"
)

// maxAttempts bounds how often an unconditional change is made again because
// another one was faster. Each time somebody's change is made.
const maxAttempts = 64

func precondition(m mutation.Mutation, ifVersion int64) mutation.Precondition {
	return mutation.Precondition{Mutation: m, IfVersion: ifVersion}
}

// stale says whether a removal demands another version. A row that is there was
// not removed by an earlier attempt.
func stale(ifVersion, version int64) bool { return ifVersion != 0 && ifVersion != version }

// after returns now, or the moment after the row's last change if that is
// later: an instance with a slow clock must not turn a row's time back.
func after(now, last time.Time) time.Time {
	if !now.After(last) {
		return last.Add(time.Microsecond)
	}
	return now
}

func (t Task) lastWrite() mutation.LastWrite {
	return mutation.LastWrite{Mutation: t.Mutation, Version: t.Version, Time: t.UpdateTime}
}

func (l List) lastWrite() mutation.LastWrite {
	return mutation.LastWrite{Mutation: l.Mutation, Version: l.Version, Time: l.UpdateTime}
}
