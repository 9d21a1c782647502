package rest_test

import (
	"net/http"
	"testing"
	"time"

	"todokit/pkg/rest"
)

func TestRepresentation_Write_IfNoneMatch(t *testing.T) {
	t.Parallel()
	tag := tagOf(t, 3, map[string]string{"name": "<x>"})
	for header, status := range map[string]int{
		``: 200, `"2"`: 200, `"3"`: 200, `W/"3"`: 200, `"3-00000000"`: 200, // the version alone says nothing of how it was shown
		tag: 304, `W/` + tag: 304, `*`: 304, `"1", ` + tag: 304, `3`: 400,
	} {
		r := request("GET", "/", "")
		if header != "" {
			r.Header.Set("If-None-Match", header)
		}
		w := newTestEdge().do(func(w http.ResponseWriter, r *http.Request) error {
			p, err := rest.Represent(3, map[string]string{"name": "<x>"})
			if err != nil {
				return err
			}
			return p.Write(w, r)
		}, r)
		if w.Code != status {
			t.Errorf("%q: %d", header, w.Code)
		}
		if status != 400 && w.Header().Get("ETag") != tag {
			t.Errorf("%q: ETag = %q", header, w.Header().Get("ETag"))
		}
		if status == 304 && w.Body.Len() > 0 {
			t.Errorf("%q: 304 with %q", header, w.Body)
		}
	}
}

func TestWriteJSON_Unencodable_IsInternal(t *testing.T) {
	t.Parallel()
	w := newTestEdge().do(func(w http.ResponseWriter, _ *http.Request) error {
		return rest.WriteJSON(w, http.StatusOK, func() {})
	}, request("GET", "/", ""))
	if p := problemOf(t, w); p.Code != "INTERNAL" {
		t.Errorf("got %+v", p)
	}
}

func TestMarkStale_SetsAgeAndCacheStatus(t *testing.T) {
	t.Parallel()
	for age, want := range map[time.Duration][2]string{
		90*time.Second + 999*time.Millisecond: {"90", "todokit; hit; ttl=-90; detail=stale-on-error"},
		0:                                     {"0", "todokit; hit; ttl=0; detail=stale-on-error"},
		-time.Second:                          {"0", "todokit; hit; ttl=0; detail=stale-on-error"},
	} {
		h := http.Header{}
		rest.MarkStale(h, age)
		if h.Get("Age") != want[0] || h.Get("Cache-Status") != want[1] {
			t.Errorf("%v: %v", age, h)
		}
	}
}
