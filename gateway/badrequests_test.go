package gateway_test

import (
	"maps"
	"net/http"
	"strconv"
	"testing"

	"todokit/api/apitest"
	"todokit/pkg/rest"
)

// bad returns a bad request as one of these tests.
func bad(b apitest.BadRequest, language, accessToken string) *http.Request {
	r := req{method: b.Method, path: b.Target, body: b.Body}
	if !b.Anonymous {
		r.token = accessToken
	}
	out := r.request()
	out.Header.Del("Content-Type")
	maps.Copy(out.Header, b.Header)
	out.Header.Set("Accept-Language", language)
	return out
}

func TestBadRequests_EveryOperation_ProblemOfContract(t *testing.T) {
	t.Parallel()
	doc, err := contract()
	if err != nil {
		t.Fatal(err)
	}
	f := newFixture(t)
	mei := f.join(t, "mei")
	ids := f.own(t, mei)
	before := f.state(t, mei, ids)
	all := apitest.BadRequests(doc.T, ids)
	if len(all) < 500 {
		t.Errorf("only %d requests", len(all))
	}
	for _, b := range all {
		for _, language := range []string{"en", "zh"} {
			w := serve(f, bad(b, language, mei))
			checkResponse(t, bad(b, language, mei), w)
			if w.Code != b.Status {
				t.Errorf("%s: %d, want %d: %.300s", b.Name, w.Code, b.Status, w.Body)
				continue
			}
			p := decode[rest.Problem](t, w)
			if p.Status != b.Status || w.Header().Get("Content-Language") != language {
				t.Errorf("%s: in %q: %+v", b.Name, w.Header().Get("Content-Language"), p)
			}
			if language == "zh" {
				checkChinese(t, b.Name, p)
			}
			if route, _, err := doc.FindRoute(bad(b, language, mei)); err == nil && route.Operation.Responses.Value(strconv.Itoa(b.Status)) == nil {
				t.Errorf("%s: the contract does not name %d", b.Name, b.Status)
			}
		}
	}
	if after := f.state(t, mei, ids); after != before {
		t.Errorf("a bad request changed something:\n%s\n%s", before, after)
	}
}
