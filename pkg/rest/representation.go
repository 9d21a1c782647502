package rest

import (
	"net/http"
	"strconv"
	"time"
)

// Representation is the JSON of something, as a response shows it. It can be
// sent more than once.
type Representation struct {
	tag  string // empty: it has none
	body []byte
}

// Represent encodes a value that has a version, 0 for none.
// Returns an error if it cannot be encoded.
func Represent(version int64, v any) (Representation, error) {
	body, err := encode(v)
	p := Representation{body: body}
	if version != 0 {
		p.tag = entityTag(version, body)
	}
	return p, err
}

// Size returns how much memory it takes, in bytes.
func (p Representation) Size() int { return len(p.tag) + cap(p.body) }

// Write responds with it to a GET: with its ETag if it has a version, and then
// with 304 and without content if the client has just that already. Returns
// errs.ErrInvalid for a malformed If-None-Match.
func (p Representation) Write(w http.ResponseWriter, r *http.Request) error {
	if p.tag != "" {
		known, err := IfNoneMatch(r.Header, p.tag)
		if err != nil {
			return err
		}
		if known {
			w.Header().Set("ETag", p.tag)
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	p.send(w, http.StatusOK)
	return nil
}

// send responds with it, and its ETag if it has one.
func (p Representation) send(w http.ResponseWriter, status int) {
	if p.tag != "" {
		w.Header().Set("ETag", p.tag)
	}
	writeBody(w, mediaJSON, status, p.body)
}

// WriteVersion responds with a value that has a version, and with the ETag that
// a GET would give it. Returns an error, and sends nothing, if it cannot be
// encoded.
func WriteVersion(w http.ResponseWriter, status int, version int64, v any) error {
	p, err := Represent(version, v)
	if err != nil {
		return err
	}
	p.send(w, status)
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
