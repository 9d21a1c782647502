package errs

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// The codes of a refused field. Arg is what its message is filled with.
const (
	FieldRequired   = "REQUIRED"
	FieldTooShort   = "TOO_SHORT"         // Arg: the least number of characters
	FieldTooLong    = "TOO_LONG"          // Arg: the greatest number of characters
	FieldTooLarge   = "TOO_LARGE"         // Arg: the greatest number of bytes
	FieldTooMany    = "TOO_MANY"          // Arg: the greatest number of items
	FieldRange      = "OUT_OF_RANGE"      // Arg: "0 to 9"
	FieldFormat     = "BAD_FORMAT"        // Arg: what was expected, with an example
	FieldOneOf      = "NOT_ALLOWED"       // Arg: the allowed values
	FieldUnknown    = "UNKNOWN_FIELD"     // no Arg
	FieldReadOnly   = "READ_ONLY"         // no Arg
	FieldBadText    = "BAD_TEXT"          // no Arg: invalid UTF-8 or NUL
	FieldControl    = "CONTROL_CHARACTER" // no Arg: a control character, such as a line break in a title
	FieldMismatch   = "MISMATCH"          // Arg: what it does not agree with
	FieldWrongValue = "WRONG_VALUE"       // no Arg: a wrong current password
	FieldTooCommon  = "TOO_COMMON"        // no Arg: a password that is among the most common
	FieldRepeated   = "REPEATED"          // no Arg: given more than once
)

// fieldMessages are the English sentences; %s is the Arg.
var fieldMessages = map[string]string{
	FieldRequired:   "is required",
	FieldTooShort:   "must have at least %s characters",
	FieldTooLong:    "must have at most %s characters",
	FieldTooLarge:   "must have at most %s bytes",
	FieldTooMany:    "must have at most %s items",
	FieldRange:      "must be in the range %s",
	FieldFormat:     "must be %s",
	FieldOneOf:      "must be one of %s",
	FieldUnknown:    "is not a known field",
	FieldReadOnly:   "cannot be set",
	FieldBadText:    "must be valid UTF-8 without NUL",
	FieldControl:    "must not have control characters",
	FieldMismatch:   "does not agree with %s",
	FieldWrongValue: "is wrong",
	FieldTooCommon:  "is among the most common ones",
	FieldRepeated:   "must be given only once",
}

// FieldCodes lists every code, so that a test can demand a translation of each.
func FieldCodes() []string {
	codes := make([]string, 0, len(fieldMessages))
	for c := range fieldMessages {
		codes = append(codes, c)
	}
	return codes
}

// Invalid returns a Field with the English message of its code.
func Invalid(name, code string, arg ...any) Field {
	f := Field{Name: name, Code: code, Message: fieldMessages[code]}
	if len(arg) > 0 {
		f.Arg = fmt.Sprint(arg[0])
		f.Message = fmt.Sprintf(f.Message, f.Arg)
	}
	return f
}

// Validator collects the refused fields of one input, so that a client learns of
// all of them at once. The zero value is ready.
type Validator struct{ fields []Field }

// Add adds a refused field.
func (v *Validator) Add(name, code string, arg ...any) {
	v.fields = append(v.fields, Invalid(name, code, arg...))
}

// Text adds a field for a text that is not of minChars to maxChars characters, or
// is no text. One that is required (minChars > 0) and blank is FieldRequired.
func (v *Validator) Text(name, s string, minChars, maxChars int) {
	n := utf8.RuneCountInString(s)
	switch {
	case !utf8.ValidString(s) || strings.ContainsRune(s, 0):
		v.Add(name, FieldBadText)
	case minChars > 0 && strings.TrimSpace(s) == "":
		v.Add(name, FieldRequired)
	case n < minChars:
		v.Add(name, FieldTooShort, minChars)
	case n > maxChars:
		v.Add(name, FieldTooLong, maxChars)
	}
}

// Err returns ErrInvalid with the refused fields, or nil if there are none.
func (v *Validator) Err() error {
	if len(v.fields) == 0 {
		return nil
	}
	return ErrInvalid.WithFields(v.fields...)
}
