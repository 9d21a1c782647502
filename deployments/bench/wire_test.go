package main_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	bench "todokit/deployments/bench"
)

// What the pacer writes by hand must be what was meant, on a connection that is
// used as long as the server likes.
func TestWiresCarryRequests(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var seen, from []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, fmt.Sprintf("%s%s%s%s%s%v", r.Method, r.URL, r.Header["Authorization"], r.Header["Content-Type"], body, err))
		from = append(from, r.RemoteAddr)
		switch r.Method {
		case http.MethodPost:
			w.WriteHeader(http.StatusCreated)
			_, _ = w.Write(make([]byte, 100_000)) // in chunks
		case http.MethodDelete:
			w.Header().Set("Connection", "close")
			w.WriteHeader(http.StatusNoContent)
		case http.MethodPatch:
			w.WriteHeader(http.StatusConflict)
		}
	}))
	defer server.Close()
	statuses, err := bench.Ask(t.Context(), server.URL,
		[4]string{"POST", "/tasks?a=b", "secret", `{"title":"茶"}`},
		[4]string{"PATCH", "/tasks/1", "secret", `{}`},
		[4]string{"DELETE", "/tasks/1", "secret", ""},
		[4]string{"GET", "/", "", ""},
	)
	if err != nil || !slices.Equal(statuses, []int{201, 409, 204, 200}) {
		t.Errorf("got %v, %v", statuses, err)
	}
	if want := []string{
		`POST/tasks?a=b[Bearer secret][application/json]{"title":"茶"}<nil>`,
		`PATCH/tasks/1[Bearer secret][application/json]{}<nil>`,
		`DELETE/tasks/1[Bearer secret][]<nil>`,
		`GET/[][]<nil>`,
	}; !slices.Equal(seen, want) {
		t.Errorf("the server saw %q", seen)
	}
	if from[0] != from[1] || from[1] != from[2] || from[2] == from[3] {
		t.Errorf("the connections were %v", from)
	}
}
