package bare

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/oklog/ulid/v2"
)

var errNoToken = errors.New("no bearer token")

// owners know whose a token is. Nothing is ever forgotten: there are as many
// as the benchmark has users.
type owners struct{ known sync.Map }

// of returns who asks, as the token says; nobody asks whether it is true.
func (o *owners) of(r *http.Request) (ulid.ULID, error) {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return ulid.ULID{}, errNoToken
	}
	if id, ok := o.known.Load(token); ok {
		return id.(ulid.ULID), nil
	}
	id, err := subject(token)
	if err != nil {
		return id, fmt.Errorf("token: %w", err)
	}
	o.known.Store(token, id)
	return id, nil
}

// subject reads the claim "sub" of a JSON Web Token.
func subject(token string) (ulid.ULID, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return ulid.ULID{}, errors.New("it has no three parts")
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return ulid.ULID{}, err
	}
	var claims struct {
		Subject ulid.ULID `json:"sub"`
	}
	err = json.Unmarshal(text, &claims)
	return claims.Subject, err
}
