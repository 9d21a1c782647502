package rest_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"todokit/pkg/rest"
)

func TestBeforeHeader_EachWayToSend_CallsHookOnceBeforeIt(t *testing.T) {
	t.Parallel()
	for name, send := range map[string]func(http.ResponseWriter) error{
		"WriteHeader": func(w http.ResponseWriter) error { w.WriteHeader(http.StatusAccepted); return nil },
		"Write":       func(w http.ResponseWriter) error { _, err := w.Write([]byte("x")); return err },
		"Flush":       func(w http.ResponseWriter) error { return http.NewResponseController(w).Flush() },
		"no content":  func(w http.ResponseWriter) error { _, err := w.Write(nil); return err },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			recorder := httptest.NewRecorder()
			calls := 0
			w := rest.BeforeHeader(recorder, func() {
				calls++
				recorder.Header().Set("X-Hook", "called")
			})
			if calls != 0 {
				t.Fatal("the hook was called before anything was sent")
			}
			for range 2 {
				if err := send(w); err != nil {
					t.Fatal(err)
				}
			}
			if calls != 1 || recorder.Result().Header.Get("X-Hook") != "called" {
				t.Errorf("%d calls, header as sent: %v", calls, recorder.Result().Header)
			}
		})
	}
}

func TestBeforeHeader_Nested_CallsOuterAndInnerHook(t *testing.T) {
	t.Parallel()
	var calls []string
	note := func(name string) func() { return func() { calls = append(calls, name) } }
	w := rest.BeforeHeader(rest.BeforeHeader(httptest.NewRecorder(), note("inner")), note("outer"))
	if err := http.NewResponseController(w).Flush(); err != nil {
		t.Fatal(err)
	}
	w.WriteHeader(http.StatusOK)
	if len(calls) != 2 || calls[0] != "outer" || calls[1] != "inner" {
		t.Errorf("called: %v", calls)
	}
}
