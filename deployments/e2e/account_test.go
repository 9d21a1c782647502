package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/database"
)

// profile is a user who says what they want to be called.
func profile(t *testing.T, s *system) {
	c := s.newUser(t)
	a := c.do(t, http.MethodGet, me, nil).want(t, http.StatusOK)
	if got := decode[userResource](t, a); got.UserName != c.name || got.Version != 1 {
		t.Errorf("the profile is %+v", got)
	}
	if a.header.Get("Cache-Control") != "private, no-cache" {
		t.Errorf("Cache-Control: %q", a.header.Get("Cache-Control"))
	}
	c.do(t, http.MethodGet, me, nil, with("If-None-Match", a.header.Get("ETag"))).want(t, http.StatusNotModified)
	changed := c.do(t, http.MethodPatch, me, fields{"nick_name": "小明 🐈"}, with("If-Match", a.header.Get("ETag"))).want(t, http.StatusOK)
	if got := decode[userResource](t, changed); got.NickName != "小明 🐈" || got.Version != 2 {
		t.Errorf("after the change it is %+v", got)
	}
	c.do(t, http.MethodPatch, me, fields{"nick_name": "x"}, with("If-Match", a.header.Get("ETag"))).
		wantProblem(t, http.StatusPreconditionFailed, "STALE_VERSION")

	taken := s.nobody().do(t, http.MethodPost, users, fields{"user_name": strings.ToUpper(c.name), "password": c.password})
	taken.wantProblem(t, http.StatusConflict, "USER_NAME_TAKEN")
}

// deletion is a user who leaves, and takes everything along.
func deleteAccount(t *testing.T, s *system) {
	c := s.newUser(t)
	errands := decode[list](t, c.do(t, http.MethodPost, lists, fields{"title": "Errands"}).want(t, http.StatusCreated))
	for range 5 {
		c.createTask(t, fields{"title": "Something", "list_id": errands.ID})
		c.createTask(t, fields{"title": "Something else"})
	}
	id := ulid.MustParseStrict(c.grant.User.ID)
	db := openTasks(t, s)
	if n := rows(t, db, "tasks", id); n != 10 {
		t.Fatalf("%d tasks are stored, want 10", n)
	}

	c.do(t, http.MethodDelete, me, fields{"password": "guess"}).wantProblem(t, http.StatusForbidden, "WRONG_PASSWORD")
	c.do(t, http.MethodDelete, me, fields{"password": c.password}).want(t, http.StatusNoContent)
	signedOut(t, c)
	s.nobody().do(t, http.MethodPost, sessions, fields{"user_name": c.name, "password": c.password}).
		wantProblem(t, http.StatusUnauthorized, "BAD_CREDENTIALS")
	if n := rows(t, db, "tasks", id); n != 10 {
		t.Errorf("%d tasks are left at once, want all 10", n)
	}
	eventually(t, "the tasks are erased", func() error {
		for _, table := range []string{"tasks", "lists"} {
			if n := rows(t, db, table, id); n != 0 {
				return fmt.Errorf("%d rows are left in %s", n, table)
			}
		}
		return nil
	})
	s.nobody().do(t, http.MethodPost, users, fields{"user_name": c.name, "password": c.password}).want(t, http.StatusCreated)
}

// openTasks looks into the task service's database from the side.
func openTasks(t *testing.T, s *system) *database.DB {
	t.Helper()
	db, err := database.Open(t.Context(), database.Options{URL: s.taskDB})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func rows(t *testing.T, db *database.DB, table string, owner ulid.ULID) int64 {
	t.Helper()
	n, err := db.R.NewSelect().Table(table).Where("user_id = ?", owner).Count(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}
