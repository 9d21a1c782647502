package rest

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"unicode/utf8"
)

// Appender is a value that writes its own JSON, without the reflection of
// encoding/json. Values of which responses have many are worth it.
type Appender interface {
	// AppendJSON appends the value's JSON, exactly as encoding/json would write it
	// without escaping HTML.
	AppendJSON(b []byte) []byte
}

// AppendText appends a JSON string. What needs an escape is left to
// encoding/json: control characters, what is not UTF-8, and the line separators
// of JavaScript, which begin with 0xE2.
func AppendText(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c == 0xE2 {
			return appendValue(b, s)
		}
	}
	if !utf8.ValidString(s) {
		return appendValue(b, s)
	}
	return append(append(append(b, '"'), s...), '"')
}

// AppendNumber appends a JSON number; f is neither NaN nor infinite. Those that
// are written with an exponent are left to encoding/json.
func AppendNumber(b []byte, f float64) []byte {
	if size := math.Abs(f); f != 0 && (size < 1e-6 || size >= 1e21) {
		return appendValue(b, f)
	}
	return strconv.AppendFloat(b, f, 'f', -1, 64)
}

// appendValue appends a string or a number, neither of which fails.
func appendValue(b []byte, v any) []byte {
	text := bytes.NewBuffer(b)
	enc := json.NewEncoder(text)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v)
	return bytes.TrimSuffix(text.Bytes(), []byte("\n"))
}
