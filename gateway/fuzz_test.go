package gateway_test

import (
	"net/http/httptest"
	"testing"
)

// What the gateway accepts, the contract must allow, and no response may be a
// fault of ours: do checks the former.

func FuzzTaskBody(f *testing.F) {
	for _, seed := range []string{
		`{"title":"x"}`, `{"title":"x","due":"2026-11-24","time_zone":"Asia/Shanghai"}`, `{"title":"x","start":"2026-11-24T10:00:00.123456789+08:00"}`,
		`{"title":"x","labels":["a"," a "],"priority":9,"status":"done","position":-1e300}`, `{"title":"x","content":null,"list_id":null}`,
		`{"title":"\u00e4\ud83d\ude00","due":"9999-12-31T23:59:59Z"}`, `{"title":" ","due":"0001-01-01"}`, `{}`, `[]`, `{"title":"x","title":"y"}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		f := newFixture(t)
		a := req{method: "POST", path: "/api/v1/tasks", body: body, token: f.join(t, "mei")}
		if w := f.do(t, a); w.Code >= 500 {
			t.Errorf("%q: %d %s", body, w.Code, w.Body)
		}
	})
}

func FuzzTaskQuery(f *testing.F) {
	for _, seed := range []string{
		"", "page_size=1&order_by=-due", "q=%E4%BD%A0&label=x&trash=true", "due_before=2026-11-24&due_after=2026-11-22T00:00:00%2B08:00",
		"status=done&priority=0&list_id=01KAP3C8N2P4Q6R8S0T2V4W6X8", "page_token=e30", "updated_after=0001-01-01", "page_size=%31",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		f := newFixture(t)
		accessToken := f.join(t, "mei")
		r := httptest.NewRequest("GET", "/api/v1/tasks", nil)
		r.URL.RawQuery = query
		r.Header.Set("Authorization", "Bearer "+accessToken)
		w := serve(f, r)
		if w.Code >= 500 {
			t.Errorf("%q: %d %s", query, w.Code, w.Body)
		}
		checkResponse(t, r, w)
	})
}
