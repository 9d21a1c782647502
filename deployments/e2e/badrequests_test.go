package e2e_test

import (
	"maps"
	"net/http"
	"testing"

	"todokit/api/apitest"
)

// badRequests is a client that does to every operation whatever the contract
// forbids, and reads Chinese.
func badRequests(t *testing.T, s *system) {
	c := s.newUser(t)
	one := c.createTask(t, fields{"title": "Here"})
	ids := map[string]string{"tasks": one.ID, "lists": decode[list](t, c.do(t, "POST", lists, fields{"title": "Garden"}).want(t, http.StatusCreated)).ID}
	ids["access-tokens"] = decode[accessToken](t, c.do(t, "POST", accessTokens, fields{"name": "backup", "scopes": []string{"account"}}).want(t, http.StatusCreated)).ID
	ids["sessions"] = decode[struct{ Sessions []session }](t, c.do(t, "GET", sessions, nil).want(t, http.StatusOK)).Sessions[0].ID
	for _, b := range apitest.BadRequests(s.contract.doc, ids) {
		if b.Status == http.StatusRequestEntityTooLarge {
			continue // the connection is closed while it is sent; problems looks at the answer
		}
		from := c
		if b.Anonymous {
			from = s.nobody()
		}
		b.Header.Set("Accept-Language", "zh")
		a, err := from.try(t, b.Method, b.Target, nil, raw(b.Body), wrong(), func(r *requestOptions) { maps.Copy(r.header, b.Header) })
		if err != nil || a.status != b.Status {
			t.Errorf("%s: %d, want %d: %v: %s", b.Name, a.status, b.Status, err, a.body)
			continue
		}
		p := decode[problemBody](t, a)
		if p.Status != a.status || p.RequestID != a.header.Get("X-Request-Id") || !isChinese(p.Title) || !isChinese(p.Detail) {
			t.Errorf("%s: %+v", b.Name, p)
		}
		for _, f := range p.Errors {
			if f.Field == "" || f.Code == "" || !isChinese(f.Message) {
				t.Errorf("%s: %+v", b.Name, f)
			}
		}
	}
	if after := c.getTask(t, one.ID); after.Version != one.Version {
		t.Errorf("bad requests changed a task: %+v", after)
	}
	c.signIn(t) // the account is as it was
}
