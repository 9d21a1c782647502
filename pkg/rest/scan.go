package rest

import (
	"bytes"
	"encoding/json"
	"strings"
)

// What follows walks over JSON that is known to be well-formed: json.Decoder
// would check it again, and make an error for each member to find out that it
// is at the member's end.

// space is what may stand between the tokens of JSON (RFC 8259, 2).
const space = " \t\r\n"

// depth returns how deep well-formed JSON nests.
func depth(body []byte) int {
	level, deepest, quoted := 0, 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case c == '"':
			quoted = !quoted
		case quoted && c == '\\':
			i++
		case quoted:
		case c == '{' || c == '[':
			level++
			deepest = max(deepest, level)
		case c == '}' || c == ']':
			level--
		}
	}
	return deepest
}

// eachMember calls f for the members of a well-formed object, in their order,
// until f has seen enough.
func eachMember(object []byte, f func(name string, value json.RawMessage) (more bool)) error {
	rest := bytes.TrimLeft(object, space)[1:] // without the brace
	for {
		rest = bytes.TrimLeft(rest, space+",")
		if rest[0] == '}' {
			return nil
		}
		end := valueEnd(rest)
		name, err := unquote(rest[:end])
		if err != nil {
			return err
		}
		rest = bytes.TrimLeft(rest[end:], space+":")
		end = valueEnd(rest)
		if !f(name, json.RawMessage(rest[:end])) {
			return nil
		}
		rest = rest[end:]
	}
}

// valueEnd returns the length of the well-formed value that b begins with, and
// that something follows.
func valueEnd(b []byte) int {
	level, quoted := 0, false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			if quoted = !quoted; !quoted && level == 0 {
				return i + 1
			}
		case quoted:
		case c == '{' || c == '[':
			level++
		case c == '}' || c == ']':
			if level == 0 {
				return i // of what the value is in
			}
			if level--; level == 0 {
				return i + 1
			}
		case level == 0 && strings.IndexByte(space+",", c) >= 0:
			return i
		}
	}
	return len(b)
}

// unquote decodes a well-formed string.
func unquote(quoted []byte) (s string, err error) {
	if s, ok := unescaped(quoted); ok {
		return s, nil
	}
	return s, json.Unmarshal(quoted, &s)
}

// unescaped returns a well-formed string that has no escapes, false if there
// are some.
func unescaped(quoted []byte) (string, bool) {
	if bytes.IndexByte(quoted, '\\') >= 0 {
		return "", false
	}
	return string(quoted[1 : len(quoted)-1]), true
}
