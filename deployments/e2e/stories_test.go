package e2e_test

import "testing"

// stories are what users do, each on its own account and all at the same time.
var stories = map[string]func(*testing.T, *system){
	"account deletion":      deletion,
	"conditional requests":  conditions,
	"guessed passwords":     guesses,
	"idempotent creates":    idempotency,
	"isolation of users":    isolation,
	"languages":             languages,
	"long pages":            longPages,
	"open pages":            openPages,
	"password change":       passwords,
	"planning by day":       days,
	"problems":              problems,
	"profile":               profile,
	"refresh":               refresh,
	"scripts":               scripts,
	"signed-in devices":     signIns,
	"texts of every script": texts,
	"trashed lists":         trashedLists,
	"useful headers":        helpfulHeaders,
}

// tellStories returns when the last story has ended.
func tellStories(t *testing.T, s *system) {
	t.Helper()
	t.Run("stories", func(t *testing.T) {
		for name, story := range stories {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				story(t, s)
			})
		}
	})
}
