//go:build ignore

package tasktest

import (
	"testing"

	"todokit/task"
)

// TestStore checks a store. newStore returns one that is empty or, since every
// test has owners of its own, that is used by other tests at the same time.
func TestStore(t *testing.T, newStore func(*testing.T) task.Store) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, *shelf){
		"a task is read as it was written":              testRoundTrip,
		"any position is kept to the last bit":          testPositions,
		"a replaced task is read as it was written":     testReplace,
		"the last mutations of a task are remembered":   testHistory,
		"only the version that was read is replaced":    testReplaceStale,
		"what was read in a snapshot is written once":   testReplaceAt,
		"a removed task is gone":                        testRemove,
		"a repeated create returns what is there":       testInsertTwice,
		"a task goes into a list that is there":         testInsertNeedsList,
		"a task moves into a list that is there":        testMoveNeedsList,
		"no more tasks than the limit":                  testTaskLimit,
		"labels are found as they are now":              testLabelsFollow,
		"an idempotency key keeps the first answer":     testKeys,
		"a list is read as it was written":              testLists,
		"lists are read by pages":                       testListPages,
		"no more lists than the limit":                  testListLimit,
		"a closed list is gone, its tasks in the trash": testCloseList,
		"an unknown owner is told from a known one":     testUnknownOwner,
		"an erased owner has nothing and gets nothing":  testErase,
		"an owner who was never here can be closed":     testCloseUnknown,
		"what was left behind is found":                 testLeftBehind,
		"each change makes another revision":            testRevisions,
		"old idempotency keys are pruned":               testPrune,
		"owners do not see each other":                  testOwnersApart,
		"pages are the sorted whole, cut":               testPages,
		"a page is bounded in bytes":                    testPageBytes,
		"concurrent replacements: one wins":             testRaceReplace,
		"concurrent creates stop at the limit":          testRaceLimit,
		"concurrent creates with one key make one task": testRaceKey,
		"concurrent first use makes one inbox":          testRaceOpen,
		"concurrent creates into a list that is closed": testRaceCloseList,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newShelf(t, newStore(t)))
		})
	}
	t.Run("the erasure cursor only moves forward", func(t *testing.T) {
		t.Parallel()
		testCursor(t, newStore(t))
	})
}
