package errs

import (
	"strings"
	"unicode"
)

// Line adds a field for a text of one line that people read: one that Text would
// add, one with control characters (Unicode's category Cc), and as FieldRequired
// one that is required (minChars > 0) and shows nothing.
func (v *Validator) Line(name, s string, minChars, maxChars int) {
	v.readable(name, s, minChars, maxChars, "")
}

// Lines is Line for a text that may have line breaks and tabs.
func (v *Validator) Lines(name, s string, minChars, maxChars int) {
	v.readable(name, s, minChars, maxChars, "\n\r\t")
}

func (v *Validator) readable(name, s string, minChars, maxChars int, allowed string) {
	before := len(v.fields)
	v.Text(name, s, minChars, maxChars)
	control := func(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune(allowed, r) }
	switch {
	case len(v.fields) > before:
	case strings.ContainsFunc(s, control):
		v.Add(name, FieldControl)
	case minChars > 0 && !strings.ContainsFunc(s, isVisible):
		v.Add(name, FieldRequired)
	}
}

// brailleBlank is a symbol without a dot.
const brailleBlank = '\u2800'

// isVisible says whether a character shows something by itself: no space, no mark
// that combines with others, none that only formats, no filler. Characters that
// are newer than Go's tables show something.
func isVisible(r rune) bool {
	return r != brailleBlank && !unicode.IsControl(r) &&
		!unicode.In(r, unicode.White_Space, unicode.Z, unicode.M, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point)
}
