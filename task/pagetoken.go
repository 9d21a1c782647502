package task

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"
)

// tokenVersion changes when a token of before would be misunderstood.
const tokenVersion = 1

// maxToken bounds what is decoded: a title of four-byte characters, twice
// encoded, and the rest.
const maxToken = 8 << 10

var errPageToken = errors.New("not a page token of this query")

// pageToken is the place after which a page begins. It belongs to a query,
// not to an owner: it says nothing that its bearer does not know already.
type pageToken struct {
	Version int        `json:"v"`
	Query   string     `json:"q"` // hash of filters and order
	Unset   bool       `json:"u,omitempty"`
	Time    *time.Time `json:"t,omitempty"`
	Number  float64    `json:"n,omitempty"`
	Text    string     `json:"s,omitempty"`
	ID      ulid.ULID  `json:"i"`
}

// encode makes it opaque, and safe in a URL.
func (p pageToken) encode() string {
	p.Version = tokenVersion
	text, _ := json.Marshal(p) // it has no value that cannot be marshalled
	return base64.RawURLEncoding.EncodeToString(text)
}

// decodePageToken refuses what encode did not make for the query, and whatever
// a database might stumble over, since anyone can write a token.
func decodePageToken(s, query string) (pageToken, error) {
	var p pageToken
	if len(s) > maxToken {
		return p, errPageToken
	}
	text, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return p, errPageToken
	}
	if err := json.Unmarshal(text, &p); err != nil {
		return p, errPageToken
	}
	if p.Version != tokenVersion || p.Query != query || strings.ContainsRune(p.Text, 0) {
		return p, errPageToken
	}
	if p.Time != nil && !storable(*p.Time) {
		return p, errPageToken
	}
	return p, nil
}

// hash identifies the filters and the order of a query.
func (q TaskQuery) hash() string {
	text, _ := json.Marshal(struct { // ids, texts, times and numbers always marshal
		Filter Filter
		Order  Order
	}{q.Filter, q.Order})
	sum := sha256.Sum256(text)
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}

// taskToken returns the token of the page after a place.
func taskToken(query string, c Cursor) string {
	t := pageToken{Query: query, Unset: c.Unset, Number: c.Number, Text: c.Text, ID: c.ID}
	if !c.Time.IsZero() {
		t.Time = &c.Time
	}
	return t.encode()
}

// parseTaskToken returns the place after which a page begins.
func parseTaskToken(s, query string, o Order) (*Cursor, error) {
	t, err := decodePageToken(s, query)
	if err != nil {
		return nil, err
	}
	c := Cursor{Unset: t.Unset, Number: t.Number, Text: t.Text, ID: t.ID}
	if t.Time != nil {
		c.Time = t.Time.UTC()
	}
	byTime := (o.By == ByDue && !t.Unset) || o.By == ByUpdateTime
	if byTime != (t.Time != nil) || o.By == ByPriority && t.Number != math.Trunc(t.Number) {
		return nil, errPageToken
	}
	return &c, nil
}

// listQuery is the hash of a query for lists, which has no filters.
const listQuery = "lists"

func listToken(l List) string {
	return pageToken{Query: listQuery, Unset: l.Inbox(), Number: l.Position, ID: l.ID}.encode()
}

func parseListToken(s string) (*ListCursor, error) {
	t, err := decodePageToken(s, listQuery)
	if err != nil {
		return nil, err
	}
	return &ListCursor{Inbox: t.Unset, Position: t.Number, ID: t.ID}, nil
}
