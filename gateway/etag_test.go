package gateway_test

import (
	"strings"
	"testing"
	"time"

	"todokit/pkg/rest"
)

// versioned makes one of each thing that has an ETag. It returns their paths,
// and the ETag of each creation.
func versioned(t *testing.T, f *fixture) (accessToken string, tags map[string]string) {
	t.Helper()
	tags = map[string]string{}
	w := f.do(t, req{method: "POST", path: "/api/v1/users", body: credentials})
	tags["/api/v1/users/me"] = w.Header().Get("ETag")
	accessToken = f.want(t, 201, req{method: "POST", path: "/api/v1/sessions", body: credentials})["access_token"].(string)
	for path, body := range map[string]string{
		"/api/v1/lists": `{"title": "Garden", "position": 0.1}`,
		"/api/v1/tasks": `{"title": "Mow", "due": "2026-11-24", "start": "2026-11-23T08:00:00.1234567+08:00", "time_zone": "Asia/Shanghai", "labels": [" b ", "a"]}`,
	} {
		w := f.do(t, req{method: "POST", path: path, body: body, token: accessToken})
		tags[w.Header().Get("Location")] = w.Header().Get("ETag")
	}
	if len(tags) != 3 {
		t.Fatalf("made %v", tags)
	}
	return accessToken, tags
}

// change is a body that each of them takes.
func change(path string) string {
	if path == "/api/v1/users/me" {
		return `{"nick_name": "Mei"}`
	}
	return `{"title": "Another"}`
}

func TestETag_OfAWrite_IsThatOfTheRead(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	mei, tags := versioned(t, f)
	for path, tag := range tags {
		get := f.do(t, req{method: "GET", path: path, token: mei})
		if get.Code != 200 || get.Header().Get("ETag") != tag {
			t.Errorf("%s: created as %s, read as %s", path, tag, get.Header().Get("ETag"))
		}
		f.clock.Add(time.Second)
		patched := f.do(t, req{method: "PATCH", path: path, body: change(path), token: mei, header: map[string]string{"If-Match": tag}})
		again := f.do(t, req{method: "GET", path: path, token: mei, header: map[string]string{"If-None-Match": patched.Header().Get("ETag")}})
		if patched.Code != 200 || again.Code != 304 || again.Header().Get("ETag") != patched.Header().Get("ETag") {
			t.Errorf("%s: changed %d %v, read %d %v", path, patched.Code, patched.Header(), again.Code, again.Header())
		}
	}
}

// An earlier release showed the same version in another way, under a tag that
// was the version only, or had another checksum.
func TestETag_OfEarlierRelease_ServesWritesOnly(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	mei, tags := versioned(t, f)
	for path, tag := range tags {
		for _, old := range []string{`"1"`, `"1-00000000"`} {
			if w := f.do(t, req{method: "GET", path: path, token: mei, header: map[string]string{"If-None-Match": old}}); w.Code != 200 || w.Header().Get("ETag") != tag {
				t.Errorf("%s: a read with %s: %d %v", path, old, w.Code, w.Header())
			}
		}
	}
	for path := range tags {
		if w := f.do(t, req{method: "PATCH", path: path, body: change(path), token: mei, header: map[string]string{"If-Match": `"1"`}}); w.Code != 200 {
			t.Errorf("%s: a write with the version: %d %s", path, w.Code, w.Body)
		}
		for _, stale := range []string{`"1"`, tags[path], `"1-00000000"`} {
			if w := f.do(t, req{method: "PATCH", path: path, body: change(path), token: mei, header: map[string]string{"If-Match": stale}}); w.Code != 412 {
				t.Errorf("%s: a write with %s: %d %s", path, stale, w.Code, w.Body)
			}
		}
		if w := f.do(t, req{method: "PATCH", path: path, body: change(path), token: mei, header: map[string]string{"If-Match": `"2-00000000"`}}); w.Code != 200 {
			t.Errorf("%s: a write with the tag of another release: %d %s", path, w.Code, w.Body)
		}
	}
}

// A proxy that compresses a response makes its tag weak (nginx) or adds a suffix
// (Apache), so its client has no other tag to send.
func TestETag_ChangedByProxy_GuardsWrites(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	mei, tags := versioned(t, f)
	for path, tag := range tags {
		for _, byProxy := range []func(tag string) string{
			func(tag string) string { return "W/" + tag },
			func(tag string) string { return strings.TrimSuffix(tag, `"`) + `-gzip"` },
			func(tag string) string { return "W/" + strings.TrimSuffix(tag, `"`) + `-br"` },
		} {
			sent := byProxy(tag)
			patch := req{method: "PATCH", path: path, body: change(path), token: mei, header: map[string]string{"If-Match": sent}}
			if w := f.do(t, req{method: "GET", path: path, token: mei, header: map[string]string{"If-None-Match": sent}}); w.Code != 304 {
				t.Errorf("%s: a read with %s: %d", path, sent, w.Code)
			}
			w := f.do(t, patch)
			if w.Code != 200 {
				t.Errorf("%s: a write with %s: %d %s", path, sent, w.Code, w.Body)
			}
			if stale := f.do(t, patch); stale.Code != 412 || !strings.Contains(stale.Body.String(), "STALE_VERSION") {
				t.Errorf("%s: once more with %s: %d %s", path, sent, stale.Code, stale.Body)
			}
			tag = w.Header().Get("ETag")
		}
	}
}

func TestIfMatch_TagOfNobody_IsNotCalledStale(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	mei, tags := versioned(t, f)
	for path := range tags {
		for _, tag := range []string{`"abc"`, `W/"abc"`, `""`, `"1.0"`, `"01"`} {
			for language, chinese := range map[string]bool{"en": false, "zh": true} {
				r := req{method: "PATCH", path: path, body: change(path), token: mei, header: map[string]string{"If-Match": tag, "Accept-Language": language}}
				p := decode[rest.Problem](t, f.do(t, r))
				if p.Status != 412 || p.Code != "UNKNOWN_ENTITY_TAG" || isChinese(p.Detail) != chinese {
					t.Errorf("%s: %s: %+v", path, tag, p)
				}
			}
		}
	}
	const absent = "/api/v1/tasks/01KAP3C8N2P4Q6R8S0T2V4W6X8"
	if w := f.do(t, req{method: "PATCH", path: absent, body: `{}`, token: mei, header: map[string]string{"If-Match": `"abc"`}}); w.Code != 404 {
		t.Errorf("what does not exist: %d", w.Code)
	}
}
