package tasktest

import (
	"testing"

	"todokit/task"
)

// TestService checks a service: the domain itself, or an adapter in front of it.
func TestService(t *testing.T, subject NewSubject) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, *serviceFixture){
		"CreateTask/only a title":                       testCreateTaskOnlyTitle,
		"CreateTask/every field":                        testCreateTaskEveryField,
		"CreateTask/same id again":                      testCreateTaskSameID,
		"CreateTask/idempotency key":                    testCreateTaskIdempotencyKey,
		"CreateTask/bad field":                          testCreateTaskBadField,
		"CreateTask/several bad fields":                 testCreateTaskSeveralBadFields,
		"UpdateTask/each field":                         testUpdateTaskEachField,
		"UpdateTask/whole days in zones":                testUpdateTaskWholeDays,
		"CreateTask/instant":                            testCreateTaskInstant,
		"UpdateTask/complete time":                      testUpdateTaskCompleteTime,
		"CreateTask/labels":                             testCreateTaskLabels,
		"Writes/if version":                             testIfVersion,
		"Retries/last write":                            testRetryOfLastWrite,
		"Retries/first attempt lost":                    testRetryOfLostWrite,
		"Retries/other writes on top":                   testRetryBeneathOthers,
		"DeleteTask/trash and restore":                  testDeleteTaskAndRestore,
		"DeleteTask/purge":                              testDeleteTaskPurge,
		"Each method/not found":                         testNotFound,
		"GetList/inbox of a new user":                   testInbox,
		"CreateList and UpdateList/stored and repeated": testCreateAndUpdateList,
		"CreateList and UpdateList/bad field":           testListBadField,
		"DeleteList/tasks to the trash":                 testDeleteList,
		"DeleteList/if version and retries":             testDeleteListRetries,
		"ListLists/pages":                               testListListsPages,
		"ListTasks/pages in each order":                 testListTasksOrders,
		"ListTasks/filters":                             testListTasksFilters,
		"ListTasks/bad field":                           testListTasksBadField,
		"ListTasks/page token of another query":         testListTasksPageToken,
		"ListTasks/large contents":                      testListTasksLargeContents,
		"Reads/known revision":                          testReadsKnownRevision,
		"Writes/moments of the owner's clock":           testWritesTakeMoments,
		"UpdateTask/concurrent":                         testUpdateTaskConcurrent,
		"UpdateTask/concurrent with if version":         testUpdateTaskConcurrentIfVersion,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newServiceFixture(t, subject, task.Options{}))
		})
	}
	t.Run("Creates/limits", func(t *testing.T) {
		t.Parallel()
		testServiceLimits(t, newServiceFixture(t, subject, task.Options{TaskLimit: 2, ListLimit: 2}))
	})
	t.Run("Each method/of another user", func(t *testing.T) {
		t.Parallel()
		c := newClock()
		s := subject(t, task.Options{Now: c.now})
		testUsersApart(t, serviceFixtureOf(t, s, c), serviceFixtureOf(t, s, c))
	})
}
