package token_test

import (
	"testing"
	"time"

	"todokit/pkg/token"
)

// manyTokens is how many tokens one verifier sees for the first time.
const manyTokens = 500

func BenchmarkVerifier_FirstTime(b *testing.B) {
	f := newFixture(b)
	tokens := make([]string, manyTokens)
	for i := range tokens {
		tokens[i] = f.sign(b, f.claims())
	}
	verifier, next := f.verifier, 0
	b.ReportAllocs()
	for b.Loop() {
		if next == len(tokens) {
			verifier, next = token.NewVerifier(f.trust, func() time.Time { return f.now }, nil), 0
		}
		if _, err := verifier.Verify(b.Context(), tokens[next]); err != nil {
			b.Fatal(err)
		}
		next++
	}
}

func BenchmarkVerifier_Cached(b *testing.B) {
	f := newFixture(b)
	raw := f.sign(b, f.claims())
	b.Run("serial", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := f.verifier.Verify(b.Context(), raw); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("parallel", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := f.verifier.Verify(b.Context(), raw); err != nil {
					b.Error(err)
					return
				}
			}
		})
	})
}

func BenchmarkSigner(b *testing.B) {
	f := newFixture(b)
	claims := f.claims()
	b.ReportAllocs()
	for b.Loop() {
		f.sign(b, claims)
	}
}
