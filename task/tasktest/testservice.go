package tasktest

import (
	"testing"

	"todokit/task"
)

// TestService checks a service: the domain itself, or an adapter in front of it.
func TestService(t *testing.T, subject NewSubject) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, *serviceFixture){
		"CreateTask/only a title, the rest by default":              testCreateTaskOnlyTitle,
		"CreateTask/every field, returned as sent":                  testCreateTaskEveryField,
		"CreateTask/id exists, returns what is there":               testCreateTaskSameID,
		"CreateTask/idempotency key used, first reply":              testCreateTaskIdempotencyKey,
		"CreateTask/bad field, named":                               testCreateTaskBadField,
		"CreateTask/several bad fields, all named":                  testCreateTaskSeveralBadFields,
		"UpdateTask/each field, no other changes":                   testUpdateTaskEachField,
		"UpdateTask/whole days, begin in the zone":                  testUpdateTaskWholeDays,
		"CreateTask and UpdateTask/start after due, refused":        testStartAfterDue,
		"CreateTask/instant, kept to the microsecond":               testCreateTaskInstant,
		"UpdateTask/done, complete time set":                        testUpdateTaskCompleteTime,
		"CreateTask/labels, trimmed and not repeated":               testCreateTaskLabels,
		"Writes/stale if version, refused":                          testIfVersion,
		"Writes/repeated, same reply":                               testRetryOfLastWrite,
		"Writes/repeated after a lost attempt, made once":           testRetryOfLostWrite,
		"Writes/repeated beneath others, outcome unknown":           testRetryBeneathOthers,
		"DeleteTask/in the trash, restored":                         testDeleteTaskAndRestore,
		"DeleteTask/purged, gone":                                   testDeleteTaskPurge,
		"Each method/nothing there, not found":                      testNotFound,
		"GetList/new user, has an inbox":                            testInbox,
		"CreateList and UpdateList/repeated, same reply":            testCreateAndUpdateList,
		"CreateList and UpdateList/bad field, named":                testListBadField,
		"DeleteList/tasks left, moved to the trash":                 testDeleteList,
		"DeleteList/repeated, made once":                            testDeleteListRetries,
		"ListLists/any page size, the same order":                   testListListsPages,
		"ListTasks/any order and page size, pages of the same list": testListTasksOrders,
		"ListTasks/filters, select":                                 testListTasksFilters,
		"ListTasks/bad field, named":                                testListTasksBadField,
		"ListTasks/page token of another query, refused":            testListTasksPageToken,
		"ListTasks/page full in bytes, the rest on the next":        testListTasksLargeContents,
		"Pages/few bytes, shorter pages of the same":                testPagesOfFewBytes,
		"Reads/known revision, not modified until a write":          testReadsKnownRevision,
		"Writes/any clock, later moments of the owner's":            testWritesTakeMoments,
		"Writes/clock put back, made":                               testWritesAfterClockPutBack,
		"UpdateTask/concurrent, all made":                           testUpdateTaskConcurrent,
		"UpdateTask/concurrent with if version, one made":           testUpdateTaskConcurrentIfVersion,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newServiceFixture(t, subject, task.Options{}))
		})
	}
	t.Run("Creates/limit reached, refused", func(t *testing.T) {
		t.Parallel()
		testServiceLimits(t, newServiceFixture(t, subject, task.Options{TaskLimit: 2, ListLimit: 2}))
	})
	t.Run("Each method/another user's, not found", func(t *testing.T) {
		t.Parallel()
		c := newClock()
		s := subject(t, task.Options{Now: c.now})
		testUsersApart(t, serviceFixtureOf(t, s, c), serviceFixtureOf(t, s, c))
	})
}
