package e2e_test

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
)

// walk is what a new user does in the first five minutes, with a crash of
// everything in the middle.
func fullTour(t *testing.T, s *system) {
	c := s.newUser(t)
	all := decode[struct{ Lists []list }](t, c.do(t, http.MethodGet, lists, nil).want(t, http.StatusOK)).Lists
	if len(all) != 1 || !all[0].Inbox {
		t.Fatalf("a user starts with one list, the inbox, not with %+v", all)
	}
	errands := decode[list](t, c.do(t, http.MethodPost, lists, fields{"title": "Errands"}).want(t, http.StatusCreated))

	made := makeTasks(t, c, 120, all[0].ID, errands.ID)
	pageThrough(t, c, made)
	filter(t, c, errands.ID)
	changeAndTrash(t, c, made[0])
	kept := crashWhileWriting(t, c)

	after := c.all(t, "page_size=200")
	for id, want := range kept {
		i := slices.IndexFunc(after, func(one task) bool { return one.ID == id })
		if i < 0 {
			t.Errorf("the task %s was acknowledged, and is gone", id)
		} else if want != "" && after[i].Status != want {
			t.Errorf("the task %s was acknowledged as %s, and is %s", id, want, after[i].Status)
		}
	}
	for _, one := range made {
		if !slices.ContainsFunc(after, func(a task) bool { return a.ID == one.ID }) {
			t.Errorf("%s is gone", one.Title)
		}
	}
}

// makeTasks creates tasks, a few at a time: every third in the second list,
// every fifth done, every seventh with a label, all with a day.
func makeTasks(t *testing.T, c *client, n int, inbox, second string) []task {
	t.Helper()
	made := make([]task, n)
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			for i := worker; i < n; i += 4 {
				f := fields{"title": fmt.Sprintf("Task %03d", i), "due": fmt.Sprintf("2026-%02d-%02d", 1+i/28, 1+i%28), "priority": i % 10}
				want := inbox
				if i%3 == 0 {
					f["list_id"], want = second, second
				}
				if i%5 == 0 {
					f["status"] = "done"
				}
				if i%7 == 0 {
					f["labels"] = []string{"home", "Büro"}
				}
				a, err := c.try(t, http.MethodPost, tasks, f)
				if err != nil || a.status != http.StatusCreated {
					t.Errorf("task %d: %v %d %s", i, err, a.status, a.body)
					return
				}
				if made[i], err = parse[task](a); err != nil || made[i].ListID != want || a.header.Get("Location") != tasks+"/"+made[i].ID {
					t.Errorf("task %d: %v %s %v", i, err, a.body, a.header)
				}
			}
		})
	}
	wg.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return made
}

func pageThrough(t *testing.T, c *client, made []task) {
	t.Helper()
	first := c.page(t, "")
	if len(first.Tasks) != 50 || first.Next == "" {
		t.Errorf("the first page has %d tasks, and %q after it", len(first.Tasks), first.Next)
	}
	seen := map[string]bool{}
	for _, one := range c.all(t, "page_size=50&order_by=-due") {
		if seen[one.ID] {
			t.Errorf("%s is on two pages", one.Title)
		}
		seen[one.ID] = true
	}
	for _, one := range made {
		if !seen[one.ID] {
			t.Errorf("%s is on no page", one.Title)
		}
	}
	byTitle := titles(c.all(t, "order_by=title&page_size=33"))
	if !slices.IsSorted(byTitle) || len(byTitle) != len(made) {
		t.Errorf("by title: %q", byTitle)
	}
}

func filter(t *testing.T, c *client, second string) {
	t.Helper()
	for query, want := range map[string]int{
		"list_id=" + second:                         40,
		"status=done":                               24,
		"status=todo":                               96,
		"label=home":                                18,
		"label=B%C3%BCro&status=done":               4,
		"priority=3":                                12,
		"q=task+01":                                 10,
		"due_before=2026-01-11T00:00:00Z":           10,
		"due_after=2026-05-01T00:00:00Z":            7,
		"list_id=" + second + "&status=done&q=TASK": 8,
		"trash=true":                                0,
	} {
		if got := c.all(t, query); len(got) != want {
			t.Errorf("%s: %d tasks, want %d: %q", query, len(got), want, titles(got))
		}
	}
}

func changeAndTrash(t *testing.T, c *client, one task) {
	t.Helper()
	path := tasks + "/" + one.ID
	tag := c.do(t, http.MethodGet, path, nil).want(t, http.StatusOK).header.Get("ETag")
	changed := decode[task](t, c.do(t, http.MethodPatch, path,
		fields{"title": "Call the bank", "due": nil, "status": "in_progress"}, with("If-Match", tag)).want(t, http.StatusOK))
	if changed.Title != "Call the bank" || changed.Due != nil || changed.Status != "in_progress" || changed.CompleteTime != nil || changed.Priority != one.Priority {
		t.Errorf("after the change: %+v", changed)
	}
	for range 2 { // deleting is idempotent
		c.do(t, http.MethodDelete, path, nil).want(t, http.StatusNoContent)
	}
	if got := titles(c.all(t, "trash=true")); !slices.Equal(got, []string{"Call the bank"}) {
		t.Errorf("the trash holds %q", got)
	}
	if got := c.all(t, "q=Call+the+bank"); len(got) != 0 {
		t.Errorf("what is in the trash is still listed: %q", titles(got))
	}
	restored := decode[task](t, c.do(t, http.MethodPost, path+"/restore", nil).want(t, http.StatusOK))
	if restored.DeleteTime != nil || restored.Title != "Call the bank" {
		t.Errorf("restored: %+v", restored)
	}

	gone := c.createTask(t, fields{"title": "A mistake"})
	c.do(t, http.MethodDelete, tasks+"/"+gone.ID+"?purge=true", nil).want(t, http.StatusNoContent)
	c.do(t, http.MethodGet, tasks+"/"+gone.ID, nil).wantProblem(t, http.StatusNotFound, "TASK_NOT_FOUND")
}

// crashWhileWriting crashes the system in the middle of writes. It returns the
// tasks that were acknowledged, with the status that was acknowledged last, or
// "" where a change was under way.
func crashWhileWriting(t *testing.T, c *client) map[string]string {
	t.Helper()
	var w writes
	enough := make(chan struct{}, 4)
	var wg sync.WaitGroup
	for range cap(enough) {
		wg.Go(func() {
			defer func() { enough <- struct{}{} }() // also if it ends early
			for i := 0; w.one(t, c); i++ {
				if i == 5 {
					enough <- struct{}{}
				}
			}
		})
	}
	for range cap(enough) {
		<-enough
	}
	c.kill()
	wg.Wait()
	c.boot(t)
	if len(w.acknowledged) < 20 {
		t.Errorf("only %d writes were acknowledged before the crash", len(w.acknowledged))
	}
	return w.acknowledged
}

// writes are what was acknowledged: the status of each task.
type writes struct {
	mu           sync.Mutex
	acknowledged map[string]string
}

func (w *writes) note(id, status string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.acknowledged == nil {
		w.acknowledged = map[string]string{}
	}
	w.acknowledged[id] = status
}

// one creates a task and changes it. It returns false when the system is gone.
func (w *writes) one(t *testing.T, c *client) bool {
	t.Helper()
	a, err := c.try(t, http.MethodPost, tasks, fields{"title": "Written in a hurry"})
	if err != nil || a.status != http.StatusCreated {
		return false
	}
	made, err := parse[task](a)
	if err != nil {
		t.Error(err)
		return false
	}
	w.note(made.ID, "")
	a, err = c.try(t, http.MethodPatch, tasks+"/"+made.ID, fields{"status": "done"})
	if err != nil || a.status != http.StatusOK {
		return false
	}
	w.note(made.ID, "done")
	return true
}
