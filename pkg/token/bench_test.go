package token_test

import (
	"testing"
	"time"

	"todokit/pkg/token"
)

// manyTokens is how many tokens one verifier sees for the first time.
const manyTokens = 500

func BenchmarkVerifier_FirstTime(b *testing.B) {
	w := newWorld(b)
	tokens := make([]string, manyTokens)
	for i := range tokens {
		tokens[i] = w.sign(b, w.claims())
	}
	verifier, next := w.verifier, 0
	b.ReportAllocs()
	for b.Loop() {
		if next == len(tokens) {
			verifier, next = token.NewVerifier(w.trust, func() time.Time { return w.now }, nil), 0
		}
		if _, err := verifier.Verify(b.Context(), tokens[next]); err != nil {
			b.Fatal(err)
		}
		next++
	}
}

func BenchmarkVerifier_Cached(b *testing.B) {
	w := newWorld(b)
	raw := w.sign(b, w.claims())
	b.Run("serial", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := w.verifier.Verify(b.Context(), raw); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("parallel", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := w.verifier.Verify(b.Context(), raw); err != nil {
					b.Error(err)
					return
				}
			}
		})
	})
}

func BenchmarkSigner(b *testing.B) {
	w := newWorld(b)
	claims := w.claims()
	b.ReportAllocs()
	for b.Loop() {
		w.sign(b, claims)
	}
}
