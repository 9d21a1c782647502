package casefold_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"todokit/pkg/casefold"
)

func TestString_SameButForCaseOrForm_Equal(t *testing.T) {
	t.Parallel()
	for _, alike := range [][]string{
		{"", ""},
		{"Buy milk", "BUY MILK", "buy milk"},
		{"ΟΔΟΣ", "Οδος", "οδοσ", "οδος"},
		{"Νίκος", "ΝΊΚΟΣ", "ΝΙ\u0301ΚΟΣ"},
		{"weiß", "WEISS", "WEIẞ", "weiss"},
		{"Cafe\u0301", "café", "CAFÉ"},
		{"ﬁn", "FIN", "fin"},
		{"\u212A", "k", "K"},   // the sign of Kelvin
		{"\u212B", "å", "Å"},   // the sign of Ångström
		{"\u2126", "ω", "Ω"},   // the sign of Ohm
		{"ŉ", "ʼn", "ʼN"},      // one character becomes two
		{"İ", "i\u0307"},       // Turkish, as any language
		{"ᾳ", "ΑΙ", "α\u0345"}, // iota below, which is a letter in capitals
		{"Ꭰ", "ꭰ"},             // Cherokee, whose small letters are the newer ones
		{"𐐀", "𐐨"},             // Deseret, beyond the first 65,536
		{"ǅ", "Ǆ", "ǆ"},
		{"a\u0323\u0307", "a\u0307\u0323"}, // marks in another order
		{"한글", norm.NFD.String("한글")},
		{"日本語 😀", "日本語 😀"},
	} {
		for _, s := range alike {
			if got, want := casefold.String(s), casefold.String(alike[0]); got != want {
				t.Errorf("%q becomes %+q, and %q becomes %+q", s, got, alike[0], want)
			}
		}
	}
}

func TestString_OtherText_Differs(t *testing.T) {
	t.Parallel()
	for _, other := range [][2]string{{"cafe", "café"}, {"i", "ı"}, {"ο", "o"}, {"a b", "ab"}, {"ａ", "a"}, {"²", "2"}, {"は", "ハ"}} {
		if casefold.String(other[0]) == casefold.String(other[1]) {
			t.Errorf("%q and %q are alike", other[0], other[1])
		}
	}
}

// Each character by itself: what Go knows as its other cases is the same, except
// for those to which Unicode has no way back.
func TestString_EachCharacter_LikeItsOtherCases(t *testing.T) {
	t.Parallel()
	for r := rune(1); r <= unicode.MaxRune; r++ {
		if !utf8.ValidRune(r) {
			continue
		}
		folded := casefold.String(string(r))
		if again := casefold.String(folded); again != folded {
			t.Errorf("%U becomes %+q, and that becomes %+q", r, folded, again)
		}
		if len(folded) > casefold.MaxGrowth*utf8.RuneLen(r) {
			t.Errorf("%U grows to %d bytes", r, len(folded))
		}
		for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
			if got := casefold.String(string(other)); got != folded {
				t.Errorf("%U becomes %+q, and %U becomes %+q", r, folded, other, got)
			}
		}
	}
}

func TestString_AnyText_SameInAnyForm(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		s := rapid.String().Draw(rt, "text")
		folded := casefold.String(s)
		if !utf8.ValidString(folded) || !norm.NFC.IsNormalString(folded) {
			rt.Fatalf("%+q is no text in NFC", folded)
		}
		if len(folded) > casefold.MaxGrowth*len(s) {
			rt.Fatalf("%d bytes grow to %d", len(s), len(folded))
		}
		for _, same := range []string{folded, norm.NFC.String(s), norm.NFD.String(s)} {
			if got := casefold.String(same); got != folded {
				rt.Fatalf("%+q becomes %+q, want %+q", same, got, folded)
			}
		}
	})
}

func BenchmarkString(b *testing.B) {
	for name, s := range map[string]string{
		"ASCII":   "Water the tomatoes. Not at noon, and not from above.",
		"Chinese": strings.Repeat("给番茄浇水。", 8),
		"Greek":   strings.Repeat("Πότισε τις ντομάτες. ", 3),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				casefold.String(s)
			}
		})
	}
}
