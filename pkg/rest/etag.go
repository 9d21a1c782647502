package rest

import (
	"fmt"
	"hash/crc32"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"todokit/pkg/errs"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// entityTag returns the entity tag of a body that shows a version, quotes
// included: "3-9ae1b46f". The checksum gives a release that shows the same
// version otherwise another tag. It only has to tell the few bodies of one
// version apart.
func entityTag(version int64, body []byte) string {
	return fmt.Sprintf(`"%d-%08x"`, version, crc32.Checksum(body, castagnoli))
}

// Condition is an If-Match header (RFC 9110, 13.1.1).
type Condition struct {
	Present  bool
	Any      bool    // *
	Versions []int64 // those of the tags that are ours; the others match nothing
}

// Check returns nil if the condition names a version, errs.ErrStaleVersion if it
// names others only, and ErrUnknownTag if no tag in it can be ours.
func (c Condition) Check(version int64) error {
	switch {
	case !c.Present || c.Any || slices.Contains(c.Versions, version):
		return nil
	case len(c.Versions) == 0:
		return ErrUnknownTag
	default:
		return errs.ErrStaleVersion
	}
}

// IfMatch reads the If-Match header. Of a tag only the version matters, so that
// one of another release, or the version in quotes, is as good; and so is a weak
// one, which RFC 9110 does not allow (DECISIONS.md, 59). Returns errs.ErrInvalid
// for a malformed header.
func IfMatch(h http.Header) (Condition, error) {
	list, err := readTags(h, "If-Match")
	c := Condition{Present: list.present, Any: list.any}
	for _, opaque := range list.opaque {
		if v, ours := version(opaque); ours && !slices.Contains(c.Versions, v) {
			c.Versions = append(c.Versions, v)
		}
	}
	return c, err
}

// IfNoneMatch says whether the If-None-Match header (RFC 9110, 13.1.2) names a
// tag, for which a weak one is as good. Returns errs.ErrInvalid for a malformed
// header.
func IfNoneMatch(h http.Header, tag string) (bool, error) {
	list, err := readTags(h, "If-None-Match")
	return list.any || slices.Contains(list.opaque, strings.Trim(tag, `"`)), err
}

// TagFormat says what If-Match and If-None-Match must be; it is the argument of
// errs.FieldFormat.
const TagFormat = `* or a list of entity tags such as "3"`

// tagList is the value of If-Match or If-None-Match.
type tagList struct {
	present bool
	any     bool     // *
	opaque  []string // the tags as they were before a proxy compressed what they are of
}

func readTags(h http.Header, name string) (tagList, error) {
	values := h.Values(name)
	if len(values) == 0 {
		return tagList{}, nil
	}
	text := strings.Trim(strings.Join(values, ","), " \t")
	if text == "*" {
		return tagList{present: true, any: true}, nil
	}
	opaque, ok := parseTags(text)
	if !ok {
		return tagList{}, errs.ErrInvalid.WithFields(errs.Invalid(name, errs.FieldFormat, TagFormat))
	}
	return tagList{present: true, opaque: opaque}, nil
}

// parseTags reads 1#entity-tag. Tags may contain commas, so it cannot be split.
func parseTags(list string) (all []string, ok bool) {
	for rest := list; rest != ""; {
		rest = strings.TrimLeft(rest, " \t")
		if after, comma := strings.CutPrefix(rest, ","); comma {
			rest = after // empty items are allowed to recipients (5.6.1.2)
			continue
		}
		opaque, quoted := strings.CutPrefix(strings.TrimPrefix(rest, "W/"), `"`)
		if !quoted {
			return nil, false
		}
		tag, after, closed := strings.Cut(opaque, `"`)
		after = strings.TrimLeft(after, " \t")
		if !closed || !isOpaque(tag) || after != "" && after[0] != ',' {
			return nil, false
		}
		all = append(all, withoutCoding(tag))
		rest = after
	}
	return all, len(all) > 0
}

// withoutCoding takes from a tag what a proxy that compresses adds to it: Apache
// and Caddy "-gzip", Jetty "--gzip". Others, such as nginx, make it weak.
func withoutCoding(tag string) string {
	for _, coding := range []string{"gzip", "br", "zstd", "deflate"} {
		if plain, ok := strings.CutSuffix(tag, "-"+coding); ok {
			return strings.TrimSuffix(plain, "-")
		}
	}
	return tag
}

// isOpaque checks the characters of an opaque-tag.
func isOpaque(tag string) bool {
	for _, c := range []byte(tag) {
		if c <= ' ' || c == 0x7f {
			return false
		}
	}
	return true
}

// version returns the version of a tag that entityTag made, now or in an earlier
// release, and of a bare version; "03" or "+3" is not of its making.
func version(opaque string) (int64, bool) {
	number, checksum, summed := strings.Cut(opaque, "-")
	if summed && !isChecksum(checksum) {
		return 0, false
	}
	v, err := strconv.ParseInt(number, 10, 64)
	return v, err == nil && v > 0 && strconv.FormatInt(v, 10) == number
}

func isChecksum(s string) bool {
	return len(s) == 2*crc32.Size && strings.Trim(s, "0123456789abcdef") == ""
}
