package rest_test

import (
	"bytes"
	"encoding/json"
	"math"
	"testing"

	"todokit/pkg/rest"
)

// marshal is what rest.Append… have to write.
func marshal(t *testing.T, v any) string {
	t.Helper()
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	return string(bytes.TrimSuffix(text.Bytes(), []byte("\n")))
}

func FuzzAppendText(f *testing.F) {
	for _, s := range []string{"", "milk", `"\/`, "<b>&", "\x00\n\t\u007f", "grüße 世界 🎉", "\u2028\u2029", "\xff\xe2", "a\xc3"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got, want := string(rest.AppendText([]byte("x"), s)), "x"+marshal(t, s); got != want {
			t.Errorf("%q: %s, want %s", s, got, want)
		}
	})
}

func FuzzAppendNumber(f *testing.F) {
	for _, v := range []float64{0, math.Copysign(0, -1), 1, -1.5, 1e-6, 9.9e-7, 1e20, 1e21, -1e21, 1764230400000, math.MaxFloat64, math.SmallestNonzeroFloat64} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, v float64) {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			t.Skip("is no JSON number")
		}
		if got, want := string(rest.AppendNumber([]byte("x"), v)), "x"+marshal(t, v); got != want {
			t.Errorf("%v: %s, want %s", v, got, want)
		}
	})
}
