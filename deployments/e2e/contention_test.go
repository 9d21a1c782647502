package e2e_test

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"sync"
	"testing"
)

// contention is an owner whose devices change the same things at the same time.
func contention(t *testing.T, s *system) {
	const writers = 50
	c := s.newUser(t)
	one := c.createTask(t, fields{"title": "Contested"})
	inbox := lists + "/" + c.grant.User.ID
	for name, w := range map[string]struct {
		status  int
		request func(n int) (method, path string, body fields, o []option)
	}{
		"changes of one task": {http.StatusOK, func(n int) (string, string, fields, []option) {
			return http.MethodPatch, tasks + "/" + one.ID, fields{"title": fmt.Sprint("Changed ", n)}, nil
		}},
		"other labels of one task": {http.StatusOK, func(n int) (string, string, fields, []option) {
			return http.MethodPatch, tasks + "/" + one.ID, fields{"labels": []string{fmt.Sprint(n)}}, nil
		}},
		"changes of one list": {http.StatusOK, func(n int) (string, string, fields, []option) {
			return http.MethodPatch, inbox, fields{"title": fmt.Sprint("Inbox ", n)}, nil
		}},
		"creates with a key": {http.StatusCreated, func(int) (string, string, fields, []option) {
			return http.MethodPost, tasks, fields{"title": "Created"}, []option{with("Idempotency-Key", rand.Text())}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			var all sync.WaitGroup
			for n := range writers {
				all.Go(func() {
					method, path, body, o := w.request(n)
					if a, err := c.try(t, method, path, body, o...); err != nil || a.status != w.status {
						t.Errorf("%v, status %d: %s", err, a.status, a.body)
					}
				})
			}
			all.Wait()
		})
	}
	if got := c.getTask(t, one.ID).Version; got != 1+2*writers {
		t.Errorf("the version is %d after %d changes", got, 2*writers)
	}
}
