package gateway

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"todokit/api"
	"todokit/gateway/docs"
	"todokit/pkg/errs"
	"todokit/pkg/rest"
	"todokit/pkg/token"
)

// publicKeys answers with the keys that check our access tokens, as a JSON Web
// Key Set (RFC 7517, RFC 8037).
func (g *gateway) publicKeys(w http.ResponseWriter, _ *call) error {
	keys := g.Keys()
	slices.SortFunc(keys, func(a, b token.PublicKey) int { return strings.Compare(a.ID, b.ID) })
	all := make([]map[string]string, 0, len(keys))
	for _, k := range keys {
		all = append(all, map[string]string{
			"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig",
			"kid": k.ID, "x": base64.RawURLEncoding.EncodeToString(k.Key),
		})
	}
	w.Header().Set("Cache-Control", "public, max-age=60")
	return rest.WriteJSON(w, http.StatusOK, map[string]any{"keys": all})
}

// alive says that the process serves requests.
func (g *gateway) alive(w http.ResponseWriter, _ *call) error {
	return status(w, "ok")
}

// ready says whether requests can be answered. What is missing is for the
// operator, at the admin port, and not for the public.
func (g *gateway) ready(w http.ResponseWriter, c *call) error {
	if !g.Ready(c.Context()) {
		w.Header().Set("Cache-Control", "no-store")
		return errs.ErrUnavailable
	}
	return status(w, "ready")
}

func status(w http.ResponseWriter, s string) error {
	w.Header().Set("Cache-Control", "no-store")
	return rest.WriteJSON(w, http.StatusOK, map[string]string{"status": s})
}

// contract answers with the OpenAPI document.
func contract(w http.ResponseWriter, c *call) error {
	return file(w, c, "application/yaml", []byte(api.OpenAPI))
}

// docsPage answers with the document for people. It is rendered when it is
// first asked for: most processes never are.
func docsPage() handler {
	render := sync.OnceValues(func() (docs.Page, error) { return docs.Render(api.OpenAPI, catalogue()) })
	return func(w http.ResponseWriter, c *call) error {
		page, err := render()
		if err != nil {
			return err
		}
		w.Header().Set("Content-Security-Policy", page.ContentSecurityPolicy)
		return file(w, c, "text/html; charset=utf-8", page.HTML)
	}
}

// file answers with something that only changes with the program. Its tag is a
// hash, so that no other tag can contain it.
func file(w http.ResponseWriter, c *call, mediaType string, content []byte) error {
	sum := sha256.Sum256(content)
	tag := `"` + hex.EncodeToString(sum[:16]) + `"`
	w.Header().Set("ETag", tag)
	w.Header().Set("Cache-Control", "no-cache")
	if strings.Contains(strings.Join(c.Header.Values("If-None-Match"), ","), tag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Content-Length", strconv.Itoa(len(content)))
	_, _ = w.Write(content) // a client that went away cannot be told so
	return nil
}
