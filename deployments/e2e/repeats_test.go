package e2e_test

import (
	"crypto/rand"
	"net/http"
	"sync"
	"testing"
)

// conditions is a client that keeps what it has read.
func conditionalRequests(t *testing.T, s *system) {
	c := s.newUser(t)
	created := c.do(t, http.MethodPost, tasks, fields{"title": "Read me"}).want(t, http.StatusCreated)
	first := created.header.Get("ETag")
	path := tasks + "/" + decode[task](t, created).ID

	same := c.do(t, http.MethodGet, path, nil, with("If-None-Match", first)).want(t, http.StatusNotModified)
	if len(same.body) != 0 || same.header.Get("ETag") != first {
		t.Errorf("304 with ETag %q, body %q", same.header.Get("ETag"), same.body)
	}
	second := c.do(t, http.MethodPatch, path, fields{"content": "a"}, with("If-Match", first)).want(t, http.StatusOK).header.Get("ETag")
	if second == first || second == "" {
		t.Errorf("the change keeps the ETag %q", second)
	}
	c.do(t, http.MethodGet, path, nil, with("If-None-Match", first)).want(t, http.StatusOK)
	for _, a := range []response{
		c.do(t, http.MethodPatch, path, fields{"content": "b"}, with("If-Match", first)),
		c.do(t, http.MethodDelete, path, nil, with("If-Match", first)),
		c.do(t, http.MethodPost, path+"/restore", nil, with("If-Match", first)),
	} {
		a.wantProblem(t, http.StatusPreconditionFailed, "STALE_VERSION")
	}
	c.do(t, http.MethodPatch, path, fields{"content": "c"}, with("If-Match", "*")).want(t, http.StatusOK)
	c.do(t, http.MethodPatch, path, fields{"content": "d"}, with("If-Match", "nonsense"), wrong()).
		wantProblem(t, http.StatusBadRequest, "INVALID_ARGUMENT", "If-Match")

	errands := c.do(t, http.MethodPost, lists, fields{"title": "Errands"}).want(t, http.StatusCreated)
	listPath, tag := lists+"/"+decode[list](t, errands).ID, errands.header.Get("ETag")
	c.do(t, http.MethodPatch, listPath, fields{"title": "Chores"}, with("If-Match", tag)).want(t, http.StatusOK)
	c.do(t, http.MethodDelete, listPath, nil, with("If-Match", tag)).wantProblem(t, http.StatusPreconditionFailed, "STALE_VERSION")
	c.do(t, http.MethodDelete, listPath, nil).want(t, http.StatusNoContent)
	c.do(t, http.MethodGet, listPath, nil).wantProblem(t, http.StatusNotFound, "LIST_NOT_FOUND")
	c.do(t, http.MethodDelete, lists+"/"+c.grant.User.ID, nil).wantProblem(t, http.StatusForbidden, "INBOX_STAYS")
}

// idempotency is a client that does not know whether its first try arrived.
func idempotency(t *testing.T, s *system) {
	c := s.newUser(t)
	key := with("Idempotency-Key", rand.Text())
	first := c.do(t, http.MethodPost, tasks, fields{"title": "Once"}, key).want(t, http.StatusCreated)
	again := c.do(t, http.MethodPost, tasks, fields{"title": "Once"}, key).want(t, http.StatusCreated)
	if string(first.body) != string(again.body) || again.header.Get("Location") != first.header.Get("Location") {
		t.Errorf("the repeat answers\n%s\nafter\n%s", again.body, first.body)
	}
	c.do(t, http.MethodPost, tasks, fields{"title": "Twice"}, key).
		wantProblem(t, http.StatusUnprocessableEntity, "IDEMPOTENCY_KEY_REUSED")
	c.do(t, http.MethodPost, lists, fields{"title": "Once"}, key).want(t, http.StatusCreated) // another route
	s.newUser(t).do(t, http.MethodPost, tasks, fields{"title": "Another"}, key).want(t, http.StatusCreated)

	key = with("Idempotency-Key", rand.Text())
	ids := make(chan string, 8)
	var wg sync.WaitGroup
	for range cap(ids) {
		wg.Go(func() {
			a, err := c.try(t, http.MethodPost, tasks, fields{"title": "All at once"}, key)
			one, parseErr := parse[task](a)
			if err != nil || parseErr != nil || a.status != http.StatusCreated {
				t.Errorf("%v %v %d", err, parseErr, a.status)
			}
			ids <- one.ID
		})
	}
	wg.Wait()
	close(ids)
	want := <-ids
	for id := range ids {
		if id != want {
			t.Errorf("one key made two tasks: %s, %s", want, id)
		}
	}
	if got := titles(c.all(t, "")); len(got) != 2 {
		t.Errorf("the repeats made %q", got)
	}
}
