package gateway

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"

	"todokit/pkg/rest"
	"todokit/pkg/token"
)

// publicKeys answers with the keys that check our access tokens, as a JSON Web
// Key Set (RFC 7517, RFC 8037).
func (g *gateway) publicKeys(w http.ResponseWriter, _ *request) error {
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
