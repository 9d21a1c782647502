package rest

import (
	"net/http"
	"strconv"
	"time"
)

// Representation is the JSON that a GET returns. It can be sent more than once.
type Representation struct {
	version int64 // 0: it has none
	body    []byte
}

// Represent encodes a value that has a version, 0 for none.
// Returns an error if it cannot be encoded.
func Represent(version int64, v any) (Representation, error) {
	body, err := encode(v)
	return Representation{version: version, body: body}, err
}

// Size returns how much memory it takes, in bytes.
func (p Representation) Size() int { return cap(p.body) }

// Write responds with it: with its ETag if it has a version, and then with 304
// and without content if the client has that one already. Returns
// errs.ErrInvalid for a malformed If-None-Match.
func (p Representation) Write(w http.ResponseWriter, r *http.Request) error {
	if p.version != 0 {
		condition, err := IfNoneMatch(r.Header)
		if err != nil {
			return err
		}
		w.Header().Set("ETag", ETag(p.version))
		if condition.Present && condition.Matches(p.version) {
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	writeBody(w, mediaJSON, http.StatusOK, p.body)
	return nil
}

const cacheStatus = "Cache-Status"

// MarkStale marks a response as a copy from before the service became
// unreachable, and tells its age: by Age (RFC 9111, 5.1), and by Cache-Status (RFC
// 9211) with a time to live that is over, since our responses have none.
func MarkStale(h http.Header, age time.Duration) {
	seconds := int64(max(age, 0) / time.Second)
	h.Set("Age", strconv.FormatInt(seconds, 10))
	h.Set(cacheStatus, "todokit; hit; ttl="+strconv.FormatInt(-seconds, 10)+"; detail=stale-on-error")
}
