package tasktest

import (
	"testing"

	"todokit/task"
)

type storeTests map[string]func(*testing.T, *storeFixture)

// TestStore checks a store. newStore returns one that is empty or, since every
// test has owners of its own, that is used by other tests at the same time.
func TestStore(t *testing.T, newStore func(*testing.T) task.Store) {
	t.Helper()
	for _, tests := range []storeTests{taskTests(), listTests(), ownerTests(), erasureTests(), readTests(), clockTests(), concurrencyTests()} {
		tests.run(t, newStore)
	}
}

// TestStoreInstances checks that several stores over one database do together
// what each of them does.
func TestStoreInstances(t *testing.T, newStores func(*testing.T) []task.Store) {
	t.Helper()
	for name, test := range concurrencyTests() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stores := newStores(t)
			fx := newStoreFixture(t, stores[0])
			fx.others = stores[1:]
			test(t, fx)
		})
	}
}

func (tests storeTests) run(t *testing.T, newStore func(*testing.T) task.Store) {
	t.Helper()
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newStoreFixture(t, newStore(t)))
		})
	}
}

func taskTests() storeTests {
	return storeTests{
		"InsertTask/all fields, read as written":              testInsertTask,
		"InsertTask/any position, kept to the last bit":       testPositions,
		"InsertTask/id exists, returns what is there":         testInsertExistingTask,
		"InsertTask/list missing, refused":                    testInsertIntoMissingList,
		"InsertTask/limit reached, refused":                   testTaskLimit,
		"InsertTask/idempotency key used, first reply":        testIdempotencyKey,
		"ReplaceTask/all fields, read as written":             testReplaceTask,
		"ReplaceTask/stale version, refused":                  testReplaceStale,
		"ReplaceTask/revision known, written once":            testReplaceAtRevision,
		"ReplaceTask/list missing, refused":                   testMoveToMissingList,
		"ReplaceTask/labels changed, found by the new ones":   testReplaceLabels,
		"TaskHistory/many writes, the last mutations":         testHistory,
		"RemoveTask/removed, gone with its labels":            testRemoveTask,
		"PruneIdempotencyKeys/old key, removed":               testPruneIdempotencyKeys,
		"Tasks/every filter and order, pages of the same set": testPages,
		"Tasks/text in another case or form, found":           testFindsFolded,
		"Tasks/page full in bytes, the rest on the next":      testPageBytes,
	}
}

func listTests() storeTests {
	return storeTests{
		"InsertList/all fields, read as written":          testInsertList,
		"InsertList/limit reached, refused":               testListLimit,
		"InsertList/idempotency key used, first reply":    testListIdempotencyKey,
		"ReplaceList/stale version, refused":              testReplaceList,
		"ListHistory/many writes, the last mutations":     testListHistory,
		"Lists/any page size, the same order":             testListPages,
		"MarkListDeleted/deleted, gone for every method":  testMarkListDeleted,
		"DrainList/tasks left, moved to the trash":        testDrainList,
		"DeletedLists/marked before, found until drained": testDeletedLists,
	}
}

func ownerTests() storeTests {
	return storeTests{
		"OpenOwner/unknown, opened once":                     testOpenOwner,
		"PurgeOwner/deleted, nothing left":                   testPurgeOwner,
		"MarkOwnerDeleted/unknown, cannot be opened":         testMarkUnknownOwnerDeleted,
		"DeletedOwners/marked before, found until purged":    testDeletedOwners,
		"Store/another owner's id, not found and not shared": testOwnersApart,
	}
}
