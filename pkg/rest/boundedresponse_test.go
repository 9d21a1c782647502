package rest_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"todokit/pkg/loadshed"
	"todokit/pkg/rest"
)

// Write blocks until the client is hung up on, once it has taken the first part.
func (w *patientWriter) Write(b []byte) (int, error) {
	if w.Body.Len() == 0 {
		return w.ResponseRecorder.Write(b)
	}
	<-w.write
	return 0, os.ErrDeadlineExceeded
}

// responses is a handler of GET, whose responses have so many bytes.
func responses(l *rest.RequestLimiter, size int) http.Handler {
	body := make([]byte, size)
	return newTestEdge().Route("/", rest.Methods{http.MethodGet: l.Limit(nil)(func(w http.ResponseWriter, _ *http.Request) error {
		_, err := w.Write(body)
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
		return nil
	})})
}

func from(address string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.RemoteAddr = address
	return r
}

func TestRequestLimiter_SlowReadersFillTheMemory_SlowestIsHungUpOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := responses(newRequestLimiter(0), 1<<20)
		var readers sync.WaitGroup
		var writers []*patientWriter
		for n := range 65 { // one more than there is room for
			w := newPatientWriter()
			writers = append(writers, w)
			readers.Go(func() { h.ServeHTTP(w, from(fmt.Sprintf("192.0.2.%d:1", n))) })
			synctest.Wait()
			<-time.After(time.Millisecond)
		}
		for n, w := range writers {
			select {
			case <-w.write:
				if n != 0 {
					t.Errorf("reader %d was hung up on", n)
				}
			default:
				if n == 0 {
					t.Error("the slowest reader was not hung up on")
				}
			}
		}
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, from("198.51.100.1:1")); w.Body.Len() != 1<<20 {
			t.Errorf("one who reads fast got %d bytes", w.Body.Len())
		}
		begin := time.Now()
		readers.Wait() // each is given up after a while, also if nobody needs the memory
		if took := time.Since(begin); took > 10*time.Second {
			t.Errorf("they were waited for %v", took)
		}
	})
}

func TestRequestLimiter_SmallResponse_IsNotWaitedFor(t *testing.T) {
	t.Parallel()
	l := newRequestLimiter(0)
	w := httptest.NewRecorder()
	if responses(l, 1000).ServeHTTP(w, from("192.0.2.1:1")); w.Body.Len() != 1000 {
		t.Errorf("%d bytes", w.Body.Len())
	}
}

func TestReservePage_ManyInWork_FewBytesOnly(t *testing.T) {
	t.Parallel()
	const full, few = 1 << 20, 64 << 10
	user := loadshed.Key{}
	l := rest.NewRequestLimiter(rest.RequestLimiterOptions{
		User: func(*http.Request) loadshed.Key { return user }, Registerer: prometheus.NewRegistry(),
	})
	var got []int64
	var h rest.Handler
	next := func() {}
	h = l.Limit(nil)(func(w http.ResponseWriter, _ *http.Request) error {
		n, err := rest.ReservePage(rest.BeforeHeader(w, func() {}), full, few)
		if err == nil {
			got = append(got, n)
			next()
		}
		return err
	})
	ask := func(n int) *httptest.ResponseRecorder {
		return newTestEdge().do(h, from(fmt.Sprintf("192.0.2.%d:1", n)))
	}

	for name, tt := range map[string]struct {
		user     func(n int) loadshed.Key
		full, of int
		code     string // of the first that is refused
	}{
		"one user":   {func(int) loadshed.Key { return loadshed.Key{1} }, 2, 2 + (16-2)*16, "TOO_MANY_AT_ONCE"},
		"many users": {func(n int) loadshed.Key { return loadshed.Key{1, byte(n), byte(n >> 8)} }, 8, 8 + (64-8)*16, "OVERLOADED"},
	} {
		got = nil
		var refused *httptest.ResponseRecorder
		next = func() {
			user = tt.user(len(got))
			if w := ask(len(got) % 250); refused == nil {
				refused = w
			}
		}
		user = tt.user(0)
		ask(0)
		fulls := 0
		for _, n := range got {
			if n == full {
				fulls++
			}
		}
		if fulls != tt.full || len(got) != tt.of {
			t.Errorf("%s: %d were admitted, %d of them for a whole page; want %d and %d", name, len(got), fulls, tt.of, tt.full)
		}
		if p := problemOf(t, refused); p.Code != tt.code {
			t.Errorf("%s: %+v", name, p)
		}
	}
	next = func() {}
	if got = nil; ask(0).Code != 200 || got[0] != full {
		t.Errorf("what was reserved was not given back: %v", got)
	}
}

func TestReservePage_WriterWithoutLimit_WholePage(t *testing.T) {
	t.Parallel()
	if n, err := rest.ReservePage(httptest.NewRecorder(), 7, 1); n != 7 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}
