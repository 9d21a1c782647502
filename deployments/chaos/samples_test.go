package chaos_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// samples holds what has become of requests.
type samples struct {
	mu      sync.Mutex
	samples []sample
}

// sample is one request.
type sample struct {
	service, what string
	begin, end    time.Time
	response
}

func (j *samples) note(s sample) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.samples = append(j.samples, s)
}

// pick returns the samples that match.
func (j *samples) pick(match func(sample) bool) []sample {
	j.mu.Lock()
	defer j.mu.Unlock()
	var some []sample
	for _, s := range j.samples {
		if match(s) {
			some = append(some, s)
		}
	}
	return some
}

func notOK(s sample) bool { return s.verdict != right }

// sum sums samples up.
func sum(samples []sample) statistics {
	var f statistics
	times := make([]time.Duration, 0, len(samples))
	for _, s := range samples {
		f.sent++
		switch s.verdict {
		case stale:
			f.stale++
		case refused:
			f.refused++
		case wrong:
			f.failed++
		case right:
		}
		times = append(times, s.end.Sub(s.begin))
	}
	if slices.Sort(times); len(times) > 0 {
		f.slowest = times[len(times)-1]
		f.p99 = times[len(times)*99/100]
	}
	return f
}

// wantNone fails the test with examples if there are such samples.
func wantNone(t *testing.T, what string, samples []sample, since time.Time) {
	t.Helper()
	if len(samples) > 0 {
		t.Errorf("%s: %s", what, examples(samples, since))
	}
}

// examples shows a few samples.
func examples(samples []sample, since time.Time) string {
	text := new(strings.Builder)
	for _, s := range samples[:min(len(samples), 8)] {
		fmt.Fprintf(text, "\n  %7.3f s: %s (%v): %v", s.begin.Sub(since).Seconds(), s.what, s.end.Sub(s.begin).Round(time.Millisecond), s.err)
	}
	return fmt.Sprintf("%d requests%s", len(samples), text)
}
