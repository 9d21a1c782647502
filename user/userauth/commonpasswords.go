package userauth

import (
	_ "embed" // for the list
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"todokit/user"
)

// commonPasswords has one on each line, in lower case, and says where it comes from.
//
//go:embed commonpasswords.txt
var commonPasswords string

// GuessForm returns the form in which a password is compared with what is guessed
// first: NFKC, which makes wide and narrow characters alike, with folded case,
// without characters that cannot be seen, and without blanks around it.
func GuessForm(password string) string {
	form := cases.Fold().String(norm.NFKC.String(password))
	form = strings.Map(func(c rune) rune {
		if unicode.Is(unicode.Cf, c) || unicode.Is(unicode.Variation_Selector, c) {
			return -1
		}
		return c
	}, norm.NFKC.String(form))
	return strings.TrimSpace(form)
}

// IsCommon says whether a password is among those that are tried first: in any case
// or width, with blanks or without, it is in the list, or it consists of sequences or
// of one short word (isPattern).
func IsCommon(password string) bool {
	form := GuessForm(password)
	return isListed(form) || isPattern(form) || isCommonWithoutBlanks(form)
}

func isCommonWithoutBlanks(form string) bool {
	dense := strings.Join(strings.Fields(form), "")
	return dense != form && (isListed(dense) || isPattern(dense))
}

// isListed searches the list as it is, which takes some microseconds, and no memory
// beside the program's.
func isListed(form string) bool {
	if form == "" || strings.Contains(form, "\n") {
		return false
	}
	return strings.Contains(commonPasswords, "\n"+form+"\n")
}

// isPattern says whether a text is one short or common word over and over, or
// consists of sequences, or of two that alternate (1q2w3e4r).
func isPattern(form string) bool {
	text := []rune(form)
	if len(text) == 0 {
		return false
	}
	if n := period(text); 2*n <= len(text) && (n < user.MinPassword || isListed(string(text[:n])) || isSequences(text[:n])) {
		return true
	}
	var odd, even []rune
	for i, c := range text {
		if i%2 == 0 {
			even = append(even, c)
		} else {
			odd = append(odd, c)
		}
	}
	return isSequences(text) || isSequences(even) && isSequences(odd)
}

// period returns after how many characters a text repeats itself, its length if it
// does not.
func period(text []rune) int {
	for n := 1; n < len(text); n++ {
		if string(text[n:]) == string(text[:len(text)-n]) {
			return n
		}
	}
	return len(text)
}
