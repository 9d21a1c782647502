package errs_test

import (
	"errors"
	"strings"
	"testing"

	"todokit/pkg/errs"
)

// code returns why a text was refused, empty if it was not.
func code(t *testing.T, check func(v *errs.Validator)) string {
	t.Helper()
	var v errs.Validator
	check(&v)
	err := v.Err()
	if err == nil {
		return ""
	}
	if fields := errs.From(err).Fields; errors.Is(err, errs.ErrInvalid) && len(fields) == 1 && fields[0].Name == "name" {
		return fields[0].Code
	}
	t.Fatalf("got %v", err)
	return ""
}

func TestValidator_LineAndLines(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]string{ // as a line, and as lines
		"Buy milk":                 {},
		"a\u200db":                 {}, // joiners and marks of direction have their place in texts
		"\u202eabc":                {},
		"👩\u200d👧":                 {},
		"🫩":                        {},
		"é e\u0301":                {},
		"\ue000":                   {}, // of a private alphabet
		"-":                        {},
		"a\nb":                     {errs.FieldControl, ""},
		"a\r\nb":                   {errs.FieldControl, ""},
		"a\tb":                     {errs.FieldControl, ""},
		"a\x01b":                   {errs.FieldControl, errs.FieldControl},
		"a\x1bb":                   {errs.FieldControl, errs.FieldControl},
		"a\x7fb":                   {errs.FieldControl, errs.FieldControl},
		"a\u0085b":                 {errs.FieldControl, errs.FieldControl},
		"a\u009fb":                 {errs.FieldControl, errs.FieldControl},
		"a\x00b":                   {errs.FieldBadText, errs.FieldBadText},
		"\xff":                     {errs.FieldBadText, errs.FieldBadText},
		"":                         {errs.FieldRequired, errs.FieldRequired},
		" \t":                      {errs.FieldRequired, errs.FieldRequired},
		"\u00a0\u3000":             {errs.FieldRequired, errs.FieldRequired},
		"\u200b":                   {errs.FieldRequired, errs.FieldRequired},
		"\u200b\u2060\ufeff":       {errs.FieldRequired, errs.FieldRequired},
		"\u0301":                   {errs.FieldRequired, errs.FieldRequired},
		" \u20dd\u0903":            {errs.FieldRequired, errs.FieldRequired},
		"\ufe0f":                   {errs.FieldRequired, errs.FieldRequired},
		"\u00ad\u034f\u061c":       {errs.FieldRequired, errs.FieldRequired},
		"\u115f\u1160\u3164\uffa0": {errs.FieldRequired, errs.FieldRequired},
		"\u2800":                   {errs.FieldRequired, errs.FieldRequired},
		"\U000e0061":               {errs.FieldRequired, errs.FieldRequired},
		"\u2028":                   {errs.FieldRequired, errs.FieldRequired},
		strings.Repeat("x", 51):    {errs.FieldTooLong, errs.FieldTooLong},
	} {
		got := [2]string{
			code(t, func(v *errs.Validator) { v.Line("name", text, 1, 50) }),
			code(t, func(v *errs.Validator) { v.Lines("name", text, 1, 50) }),
		}
		if got != want {
			t.Errorf("%+q: got %q, want %q", text, got, want)
		}
	}
	if got := code(t, func(v *errs.Validator) { v.Line("name", "\u200b", 0, 50) }); got != "" {
		t.Errorf("one that need not be there: %s", got)
	}
}
