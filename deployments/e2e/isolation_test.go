package e2e_test

import (
	"net/http"
	"testing"
)

// isolation is a second user who knows every id of the first one.
func isolation(t *testing.T, s *system) {
	alice, mallory := s.newUser(t), s.newUser(t)
	plans := decode[list](t, alice.do(t, http.MethodPost, lists, fields{"title": "Plans"}).want(t, http.StatusCreated))
	secret := alice.createTask(t, fields{"title": "A surprise", "list_id": plans.ID})
	own := mallory.createTask(t, fields{"title": "Mine"})
	inbox := alice.grant.User.ID

	taskPath := tasks + "/" + secret.ID
	for _, a := range []response{
		mallory.do(t, http.MethodGet, taskPath, nil),
		mallory.do(t, http.MethodPatch, taskPath, fields{"title": "x"}),
		mallory.do(t, http.MethodPatch, taskPath, fields{"title": "x"}, with("If-Match", `"1"`)),
		mallory.do(t, http.MethodPatch, taskPath, fields{"title": "x"}, with("If-Match", "*")),
		mallory.do(t, http.MethodPost, taskPath+"/restore", nil),
		mallory.do(t, http.MethodDelete, taskPath, nil),
		mallory.do(t, http.MethodDelete, taskPath+"?purge=true", nil),
	} {
		a.wantProblem(t, http.StatusNotFound, "TASK_NOT_FOUND")
	}
	for _, id := range []string{plans.ID, inbox} {
		for _, a := range []response{
			mallory.do(t, http.MethodGet, lists+"/"+id, nil),
			mallory.do(t, http.MethodPatch, lists+"/"+id, fields{"title": "x"}),
			mallory.do(t, http.MethodDelete, lists+"/"+id, nil),
			mallory.do(t, http.MethodPost, tasks, fields{"title": "x", "list_id": id}),
			mallory.do(t, http.MethodPatch, tasks+"/"+own.ID, fields{"list_id": id}),
		} {
			a.wantProblem(t, http.StatusNotFound, "LIST_NOT_FOUND")
		}
	}
	for _, query := range []string{"", "trash=true", "q=surprise", "updated_after=2000-01-01T00:00:00Z"} {
		for _, one := range mallory.all(t, query) {
			if one.ID != own.ID {
				t.Errorf("?%s shows the second user %+v", query, one)
			}
		}
	}
	if got := alice.getTask(t, secret.ID); got.Version != 1 || got.Title != "A surprise" {
		t.Errorf("the first user's task is now %+v", got)
	}
}
