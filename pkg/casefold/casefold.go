// Package casefold makes texts comparable that differ only in case or in how
// their characters are composed: Οδος and ΟΔΟΣ, weiß and WEISS, é as one character
// and as two. It is the one rule by which todokit compares names and labels and
// searches texts, whatever a database would do.
package casefold

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// MaxGrowth is how many times as many bytes a text may take when it is folded.
const MaxGrowth = 3

// String returns a text with Unicode's full case folding, in NFC. Two texts are
// alike exactly if String returns the same for both: this is the canonical
// caseless match of the Unicode Standard (3.13, D145), which decomposes first,
// with its result composed, since that is shorter.
func String(s string) string {
	if isASCII(s) {
		return strings.ToLower(s)
	}
	return norm.NFC.String(strings.Map(cherokee, cases.Fold().String(norm.NFD.String(s))))
}

// The letters of Cherokee are folded to capitals, since the small ones are newer.
// Package cases exchanges them.
const (
	cherokeeA, cherokeeSmallA, cherokeeLetters   = 'Ꭰ', 'ꭰ', 80
	cherokeeYE, cherokeeSmallYE, cherokeeFurther = 'Ᏸ', 'ᏸ', 6
)

func cherokee(r rune) rune {
	switch {
	case r >= cherokeeSmallA && r < cherokeeSmallA+cherokeeLetters:
		return r - cherokeeSmallA + cherokeeA
	case r >= cherokeeSmallYE && r < cherokeeSmallYE+cherokeeFurther:
		return r - cherokeeSmallYE + cherokeeYE
	default:
		return r
	}
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
