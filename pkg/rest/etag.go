package rest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"todokit/pkg/errs"
)

// ETag returns the entity tag of a version: "3", quotes included.
func ETag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// Condition is an If-Match or If-None-Match header (RFC 9110, 13.1).
type Condition struct {
	Present  bool
	Any      bool    // *
	Versions []int64 // those of the tags that are ours; the others match nothing
}

// Matches says whether the condition names a version.
func (c Condition) Matches(version int64) bool {
	return c.Any || slices.Contains(c.Versions, version)
}

// IfMatch reads the If-Match header. Weak tags match nothing there. Returns
// errs.ErrInvalid for a malformed one.
func IfMatch(h http.Header) (Condition, error) { return condition(h, "If-Match", false) }

// IfNoneMatch reads the If-None-Match header, for which a weak tag is as good.
// Returns errs.ErrInvalid for a malformed one.
func IfNoneMatch(h http.Header) (Condition, error) { return condition(h, "If-None-Match", true) }

// TagFormat says what If-Match and If-None-Match must be; it is the argument of
// errs.FieldFormat.
const TagFormat = `* or a list of entity tags such as "3"`

func condition(h http.Header, name string, weak bool) (Condition, error) {
	values := h.Values(name)
	if len(values) == 0 {
		return Condition{}, nil
	}
	list := strings.Trim(strings.Join(values, ","), " \t")
	if list == "*" {
		return Condition{Present: true, Any: true}, nil
	}
	c := Condition{Present: true}
	var ok bool
	if c.Versions, ok = parseTags(list, weak); !ok {
		return Condition{}, errs.ErrInvalid.WithFields(errs.Invalid(name, errs.FieldFormat, TagFormat))
	}
	return c, nil
}

// parseTags reads 1#entity-tag. Tags may contain commas, so it cannot be split.
func parseTags(list string, weak bool) (versions []int64, ok bool) {
	tags := 0
	for rest := list; rest != ""; {
		rest = strings.TrimLeft(rest, " \t")
		if after, comma := strings.CutPrefix(rest, ","); comma {
			rest = after // empty items are allowed to recipients (5.6.1.2)
			continue
		}
		opaque, strong := strings.CutPrefix(rest, `"`)
		if !strong {
			if opaque, ok = strings.CutPrefix(rest, `W/"`); !ok {
				return nil, false
			}
		}
		tag, after, closed := strings.Cut(opaque, `"`)
		after = strings.TrimLeft(after, " \t")
		if !closed || !isOpaque(tag) || after != "" && after[0] != ',' {
			return nil, false
		}
		tags++
		if v, ours := version(tag); ours && (strong || weak) {
			versions = append(versions, v)
		}
		rest = after
	}
	return versions, tags > 0
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

// version returns what ETag made; "03" or "+3" is not of its making.
func version(tag string) (int64, bool) {
	v, err := strconv.ParseInt(tag, 10, 64)
	return v, err == nil && v > 0 && strconv.FormatInt(v, 10) == tag
}
