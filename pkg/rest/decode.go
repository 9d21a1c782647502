package rest

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"unicode/utf8"

	"todokit/pkg/errs"
)

// Members are the members that an object may have, and what reads the value of
// each. That is not called for an absent member, so that in a merge patch it
// differs from one that is null.
type Members map[string]Member

// maxDepth bounds how deep a body may nest: none of ours needs three levels.
const maxDepth = 16

// maxProblems bounds the number of problems in one response.
const maxProblems = 20

// ReadJSON reads the body, one JSON object, and its members. It returns the body
// as it was sent.
//
// Returns ErrMediaType, ErrBodyTooLarge, ErrMalformedBody, or errs.ErrInvalid
// with every member that is unknown, repeated or of a wrong type.
func ReadJSON(w http.ResponseWriter, r *http.Request, members Members) ([]byte, error) {
	body, err := readBody(w, r)
	if err != nil {
		return nil, err
	}
	return body, Decode(body, members)
}

// Decode reads the members of an object. See ReadJSON.
func Decode(body []byte, members Members) error {
	if err := checkSyntax(body); err != nil {
		return err
	}
	var problems []errs.Field
	seen := make(map[string]bool, len(members))
	err := eachMember(body, func(name string, value json.RawMessage) bool {
		if problem := readMember(members, seen, name, value); problem != nil {
			problem.Name = truncateName(name) + problem.Name
			problems = append(problems, *problem)
		}
		return len(problems) < maxProblems
	})
	if err != nil {
		return ErrMalformedBody.Wrap(err)
	}
	if len(problems) > 0 {
		return errs.ErrInvalid.WithFields(problems...)
	}
	return nil
}

// readMember returns what is wrong with a member, under a name relative to it.
func readMember(members Members, seen map[string]bool, name string, value json.RawMessage) *errs.Field {
	member, known := members[name]
	switch {
	case !known:
		return invalid(errs.FieldUnknown)
	case seen[name]:
		return invalid(errs.FieldRepeated)
	default:
		seen[name] = true
		return member(value)
	}
}

// checkSyntax refuses what is no JSON object, before anything of it is read.
func checkSyntax(body []byte) error {
	if err := checkEncoding(body); err != nil {
		return err
	}
	if depth(body) > maxDepth {
		return malformed("The body nests deeper than %d levels.", maxDepth)
	}
	if !json.Valid(body) {
		return syntaxError(body)
	}
	if bytes.TrimLeft(body, space)[0] != '{' {
		return malformed("The body is not a JSON object.")
	}
	return nil
}

// byteOrderMark is U+FEFF in UTF-8. RFC 8259, 8.1 lets a recipient ignore it. We
// refuse it, as everything that JSON does not have: the sender must not add it.
const byteOrderMark = "\uFEFF"

// checkEncoding refuses what is not text in UTF-8, and names what it is instead
// where that can be seen: a JSON text begins with two ASCII characters, of which
// UTF-16 and UTF-32 make four bytes or more, some of them 0.
func checkEncoding(body []byte) error {
	text := bytes.TrimLeft(body, space)
	switch {
	case len(text) == 0:
		return malformed("The body is empty.")
	case bytes.HasPrefix(text, []byte(byteOrderMark)):
		return malformed("The body begins with a byte order mark (U+FEFF), which JSON must not have.")
	case bytes.HasPrefix(text, []byte{0xFE, 0xFF}), bytes.HasPrefix(text, []byte{0xFF, 0xFE}), bytes.IndexByte(text[:min(2, len(text))], 0) >= 0:
		return malformed("The body is in UTF-16 or UTF-32; JSON must be in UTF-8.")
	case !utf8.Valid(body):
		return malformed("The body is not valid UTF-8.")
	}
	return nil
}

// syntaxError returns where a body is not JSON, and why.
func syntaxError(body []byte) error {
	err := json.NewDecoder(bytes.NewReader(body)).Decode(new(json.RawMessage))
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return malformed("The body has an unexpected end, at byte %d.", len(body))
	}
	err = json.Unmarshal(body, new(json.RawMessage)) // sees what is behind the first value, too
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return malformed("At byte %d: %s.", syntax.Offset, syntax)
	}
	return ErrMalformedBody.Wrap(err)
}

// truncateName bounds the size of a response that shows a name of the client.
func truncateName(name string) string {
	const maxLength = 64
	if runes := []rune(name); len(runes) > maxLength {
		return string(runes[:maxLength]) + "…"
	}
	return name
}

// Fingerprint returns a hash that is the same for bodies that mean the same:
// the order of members, white space and escapes do not matter. The body is one
// that ReadJSON returned without an error.
func Fingerprint(body []byte) ([sha256.Size]byte, error) {
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		return [sha256.Size]byte{}, fmt.Errorf("fingerprint body: %w", err)
	}
	canonical, err := json.Marshal(v) // sorts members
	if err != nil {
		return [sha256.Size]byte{}, fmt.Errorf("fingerprint body: %w", err)
	}
	return sha256.Sum256(canonical), nil
}
