package e2e_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// texts is a user who writes in every script, at every length.
func texts(t *testing.T, s *system) {
	c := s.newUser(t)
	for _, title := range []string{
		"买牛奶 🥛", "Zażółć gęślą jaźń", "שלום עולם", "e\u0301 is not \u00e9", "👩‍👩‍👧‍👦", `"quotes" \ <tags> & 100%_`,
		strings.Repeat("𝒳", 500), " spaces around ",
	} {
		content := title + "\r\nline\nbreak\ttab"
		one := c.createTask(t, fields{"title": title, "content": content, "labels": []string{"étiquette", "标签"}})
		if got := c.getTask(t, one.ID); got.Title != title || got.Content != content || !slices.Equal(got.Labels, []string{"étiquette", "标签"}) {
			t.Errorf("%q came back as %+v", title, got)
		}
	}
	for q, want := range map[string]int{"牛奶": 1, "GĘŚLĄ": 1, "ge\u0328\u015bla\u0328": 1, "100%_": 1, "%": 1, "_": 1, `\`: 1, "🥛": 1} {
		if got := c.all(t, "q="+url.QueryEscape(q)); len(got) != want {
			t.Errorf("q=%s: %q", q, titles(got))
		}
	}
	for _, title := range []string{"Οδος Αθηνών", "Straße", "Cafe\u0301"} {
		c.createTask(t, fields{"title": title, "labels": []string{title}})
	}
	for text, want := range map[string]string{"ΟΔΟΣ ΑΘΗΝΏΝ": "Οδος Αθηνών", "STRASSE": "Straße", "CAFÉ": "Cafe\u0301"} {
		for _, filter := range []string{"q=", "label="} {
			if got := titles(c.all(t, filter+url.QueryEscape(text))); !slices.Equal(got, []string{want}) {
				t.Errorf("%s%s finds %q, want %q", filter, text, got, want)
			}
		}
	}
	content := strings.Repeat("é", 32<<10) // as long as it may be
	big := c.createTask(t, fields{"title": "big", "content": content})
	if got := c.getTask(t, big.ID); got.Content != content {
		t.Error("the longest content came back changed")
	}
}

// days is a user who plans: whole days, instants, zones, an order by due.
func days(t *testing.T, s *system) {
	c := s.newUser(t)
	none := c.createTask(t, fields{"title": "none"})
	if none.Due != nil || none.Start != nil || none.Priority != 0 || none.Status != "todo" || none.CompleteTime != nil {
		t.Errorf("a task with a title only: %+v", none)
	}
	c.createTask(t, fields{"title": "instant", "due": "2026-11-22T09:30:00+02:00"})
	c.createTask(t, fields{"title": "whole day", "due": "2026-11-22"})
	c.createTask(t, fields{"title": "in Tokyo", "due": "2026-11-22", "time_zone": "Asia/Tokyo"})
	if got, want := titles(c.all(t, "order_by=due")), []string{"in Tokyo", "whole day", "instant", "none"}; !slices.Equal(got, want) {
		t.Errorf("by due: %q, want %q", got, want)
	}
	if got, want := titles(c.all(t, "order_by=-due")), []string{"instant", "whole day", "in Tokyo", "none"}; !slices.Equal(got, want) {
		t.Errorf("by due, the last first: %q, want %q", got, want)
	}
	instant := c.all(t, "q=instant")[0]
	if instant.Due == nil || *instant.Due != "2026-11-22T07:30:00Z" {
		t.Errorf("an instant comes back in UTC: %v", instant.Due)
	}
	done := decode[task](t, c.do(t, http.MethodPatch, tasks+"/"+none.ID, fields{"status": "done"}).want(t, http.StatusOK))
	if done.CompleteTime == nil {
		t.Error("a done task has no complete_time")
	}
	undone := decode[task](t, c.do(t, http.MethodPatch, tasks+"/"+none.ID, fields{"status": "todo"}).want(t, http.StatusOK))
	if undone.CompleteTime != nil {
		t.Error("a task that is to do again has a complete_time")
	}
}

// trashedLists is a user who deletes a list with tasks in it.
func trashedLists(t *testing.T, s *system) {
	c := s.newUser(t)
	errands := decode[list](t, c.do(t, http.MethodPost, lists, fields{"title": "Errands"}).want(t, http.StatusCreated))
	one := c.createTask(t, fields{"title": "Milk", "list_id": errands.ID})
	c.do(t, http.MethodDelete, lists+"/"+errands.ID, nil).want(t, http.StatusNoContent)
	if got := titles(c.all(t, "trash=true")); !slices.Equal(got, []string{"Milk"}) {
		t.Errorf("the trash holds %q", got)
	}
	restored := decode[task](t, c.do(t, http.MethodPost, tasks+"/"+one.ID+"/restore", nil).want(t, http.StatusOK))
	if restored.DeleteTime != nil || restored.ListID != c.grant.User.ID {
		t.Errorf("a task whose list is gone comes back to the inbox, not %+v", restored)
	}
}

// longPages is a user who keeps whole books: a page is bounded in bytes too.
func longPages(t *testing.T, s *system) {
	c := s.newUser(t)
	content := strings.Repeat("x", 64<<10)
	for range 20 {
		c.createTask(t, fields{"title": "A chapter", "content": content})
	}
	a := c.do(t, http.MethodGet, tasks+"?page_size=200", nil).want(t, http.StatusOK)
	if first := decode[taskPage](t, a); len(first.Tasks) == 0 || len(first.Tasks) > 16 || first.Next == "" {
		t.Errorf("a page of %d bytes has %d tasks, and %q after it", len(a.body), len(first.Tasks), first.Next)
	}
	if got := c.all(t, "page_size=200"); len(got) != 20 {
		t.Errorf("the pages hold %d tasks of 20", len(got))
	}
}
