package tasktest

import (
	"testing"

	"todokit/task"
)

// TestService checks a service: the rules themselves, or what stands before them.
func TestService(t *testing.T, subject NewSubject) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, *person){
		"a new task needs only a title":                   testCreateLeast,
		"a new task keeps all that was chosen":            testCreateAll,
		"a repeated create is answered with the task":     testCreateTwice,
		"an idempotency key keeps the first answer":       testServiceKeys,
		"bad input names the field":                       testBadFields,
		"everything wrong is told at once":                testAllBadFields,
		"an update changes the set fields":                testUpdateFields,
		"whole days are days of the zone":                 testWholeDays,
		"instants are kept to the microsecond":            testInstants,
		"a task is complete while it is done":             testComplete,
		"labels are trimmed and not repeated":             testLabels,
		"a change can be bound to a version":              testIfVersion,
		"a repeated change is answered as the first time": testRepeat,
		"a repeat of what never arrived is made":          testRepeatAfterOthers,
		"a repeat beneath another change is unknown":      testRepeatUnknown,
		"the trash takes and gives back":                  testTrash,
		"a purged task is gone":                           testPurge,
		"what is not there is not found":                  testNotFound,
		"a user starts with an inbox":                     testInbox,
		"lists are made, renamed and placed":              testServiceLists,
		"bad lists name the field":                        testBadLists,
		"a deleted list leaves its tasks in the trash":    testDeleteList,
		"the end of a list can be repeated and bound":     testDeleteListAgain,
		"lists come by pages":                             testServiceListPages,
		"tasks come by pages in any order":                testQueryOrders,
		"filters select tasks":                            testQueryFilters,
		"bad queries name the field":                      testBadQueries,
		"a page token belongs to its query":               testPageTokens,
		"a page is bounded in content":                    testPageContent,
		"concurrent changes are all made":                 testConcurrentChanges,
		"of concurrent bound changes one is made":         testConcurrentBound,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newPerson(t, subject, task.Options{}))
		})
	}
	t.Run("limits hold", func(t *testing.T) {
		t.Parallel()
		testServiceLimits(t, newPerson(t, subject, task.Options{TaskLimit: 2, ListLimit: 2}))
	})
	t.Run("users do not see each other", func(t *testing.T) {
		t.Parallel()
		c := newClock()
		s := subject(t, task.Options{Now: c.now})
		testUsersApart(t, personOf(t, s, c), personOf(t, s, c))
	})
}
