package e2e_test

import "testing"

// userScenarios are what users do, each on its own account and all at the same time.
var userScenarios = map[string]func(*testing.T, *system){
	"account deletion":      deleteAccount,
	"bad requests":          badRequests,
	"conditional requests":  conditionalRequests,
	"contention":            contention,
	"guessed passwords":     guessPasswords,
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

// runUserScenarios returns when the last scenario has ended.
func runUserScenarios(t *testing.T, s *system) {
	t.Helper()
	t.Run("user scenarios", func(t *testing.T) {
		for name, scenario := range userScenarios {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				scenario(t, s)
			})
		}
	})
}
