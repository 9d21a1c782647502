package e2e_test

import (
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
)

// openPages is what everybody may read.
func openPages(t *testing.T, s *system) {
	nobody := s.nobody()
	file, err := os.ReadFile(contractFile)
	if err != nil {
		t.Fatal(err)
	}
	if got := nobody.do(t, http.MethodGet, "/openapi.yaml", nil).want(t, http.StatusOK); string(got.body) != string(file) {
		t.Error("/openapi.yaml is not api/openapi.yaml")
	}
	docs := nobody.do(t, http.MethodGet, "/docs", nil).want(t, http.StatusOK)
	if kind := docs.header.Get("Content-Type"); !strings.HasPrefix(kind, "text/html") {
		t.Errorf("/docs is %s", kind)
	}
	if fetched := regexp.MustCompile(`<link[^>]*//[^>]*>|src=["']?(?:https?:)?//[^"'> ]*|@import|url\(\s*["']?(?:https?:)?//`).FindAll(docs.body, -1); len(fetched) > 0 {
		t.Errorf("/docs fetches from another site: %q", fetched)
	}
	keys := decode[struct {
		Keys []map[string]string `json:"keys"`
	}](t, nobody.do(t, http.MethodGet, "/.well-known/jwks.json", nil).want(t, http.StatusOK))
	if len(keys.Keys) == 0 {
		t.Error("there are no public keys")
	}
	for _, k := range keys.Keys {
		if k["kty"] != "OKP" || k["crv"] != "Ed25519" || k["x"] == "" || k["kid"] == "" || k["d"] != "" {
			t.Errorf("key: %v", k)
		}
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		nobody.do(t, http.MethodGet, path, nil).want(t, http.StatusOK)
	}
}
