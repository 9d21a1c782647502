package token_test

import (
	"crypto/ed25519"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"todokit/pkg/errs"
)

// FuzzVerifier shows that nothing is taken for a token but what was signed, to
// the letter, whatever is done to one.
func FuzzVerifier(f *testing.F) {
	w := newFixture(f)
	good, err := w.signer.Sign(w.claims())
	if err != nil {
		f.Fatal(err)
	}
	parts := strings.Split(good, ".")
	hmac := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"iss": "todokit", "aud": "todokit"})
	hmac.Header["kid"], hmac.Header["typ"] = "k1", "at+jwt"
	confused, err := hmac.SignedString([]byte(w.key.Public().(ed25519.PublicKey)))
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{
		good, confused, "", ".", "..", parts[0] + "." + parts[1] + ".", good + "=", good + ".", good[:len(good)-1] + "A", " " + good, "Bearer " + good,
		"eyJhbGciOiJub25lIn0.e30.", `eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCIsImtpZCI6ImsxIn0.bnVsbA.AA`, parts[0] + ".e30." + parts[2], strings.Repeat("a.", 3000),
	} {
		f.Add(seed)
	}
	w.now = w.now.Add(time.Minute)
	f.Fuzz(func(t *testing.T, raw string) {
		claims, err := w.verifier.Verify(t.Context(), raw)
		if err == nil && raw != good {
			t.Errorf("%q was taken for %+v", raw, claims)
		}
		if err != nil && errs.KindOf(err) != errs.Unauthenticated {
			t.Errorf("%q: %v", raw, err)
		}
	})
}
