package userauth_test

import (
	"strings"
	"testing"

	"todokit/user/userauth"
)

func TestIsCommon_GuessedFirst_True(t *testing.T) {
	t.Parallel()
	for name, passwords := range map[string][]string{
		"listed":              {"password", "12345678", "qwertyuiop", "iloveyou", "1q2w3e4r5t", "trustno1"},
		"in any case":         {"PassWord", "ILOVEYOU", "TrustNo1", "paſſword"},
		"with blanks":         {"password ", " password", "\tpassword\n", "password\u00a0", "\u3000password", "pass word", "p a s s w o r d", "1 2 3 4 5 6 7 8"},
		"in other widths":     {"ｐａｓｓｗｏｒｄ", "ＰＡＳＳＷＯＲＤ", "１２３４５６７８", "𝐩𝐚𝐬𝐬𝐰𝐨𝐫𝐝", "ⓟⓐⓢⓢⓦⓞⓡⓓ"},
		"with what is unseen": {"pass\u00adword", "pass\u200bword", "\ufeffpassword", "pass\ufe0fword", "pass\u2060word"},
		"one character":       {"aaaaaaaa", "AaAaAaAa", "ａａａａａａａａ", "--------", "00000000000000000000", "🦊🦊🦊🦊🦊🦊🦊🦊", "a a a a a a a a", strings.Repeat("x", 128)},
		"ascending":           {"abcdefgh", "23456789", "ABCDEFGHIJ", "αβγδεζηθ", "абвгдежз", "uvwxyzab", "78901234", "13579135", "acegikmo"},
		"descending":          {"hgfedcba", "98765432", "zyxwvuts", "32109876"},
		"several sequences":   {"abcd1234", "1234abcd", "aaaabbbb", "abc123xyz", "111222333", "12344321", "a1b2c3d4", "aabbccdd", "11223344"},
		"on a keyboard":       {"qwertyui", "asdfghjk", "poiuytre", "zxcvbnm,", "qwertzui", "azertyui", "1qaz2wsx", "zaq1xsw2", "qwer1234", "!@#$%^&*", "йцукенгш", "1q2w3e4r", "qazwsxedc", "3edc4rfv"},
		"a repeated word":     {"abcabcabc", "dogdogdog", "foxfoxfo", "abababab", "todotodo", "xy12xy12xy12", "passwordpassword", "password password", "PasswordpassworD", "iloveyouiloveyou"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, p := range passwords {
				if !userauth.IsCommon(p) {
					t.Errorf("%q is guessed soon", p)
				}
			}
		})
	}
}

func TestIsCommon_Other_False(t *testing.T) {
	t.Parallel()
	for _, p := range []string{
		"", "\n", "correct horse", "correct horse battery", "passwor", "assword\n", "password\n12345678", "staple the next one",
		"пароль для дома", "wrong horse battery", "long enough", "battery staple", "Pässwort für zwei", "密码要足够长才行", "tr0ub4dor&3",
		"we were here before", "no opportunity", "mississippi mud", "hijklno pqrs tuesday", "9f86d081884c7d65", "x7#kQ2!vLp", "27182818", "19840612",
		"kX9$kX9$ and more", "first defghi then", "4f4b8c1d 4f4b8c1d",
	} {
		if userauth.IsCommon(p) {
			t.Errorf("%q is not common", p)
		}
	}
}

func TestGuessForm_SpellingsOfOneText_Same(t *testing.T) {
	t.Parallel()
	for want, spellings := range map[string][]string{
		"grace":   {"grace", "GRACE", "ｇｒａｃｅ", " Grace\t", "gra\u00adce"},
		"strasse": {"straße", "STRASSE", "Straẞe"},
		"νίκος":   {"ΝΊΚΟΣ", "Νίκος"},
	} {
		for _, s := range spellings {
			if got := userauth.GuessForm(s); got != userauth.GuessForm(want) {
				t.Errorf("%q becomes %q, and %q %q", s, got, want, userauth.GuessForm(want))
			}
		}
	}
}

func FuzzIsCommon_AnyText_Ends(f *testing.F) {
	for _, s := range []string{"", "password", "qwertyui", "aaaaaaaa", "\xff\xfe", "🦊", "a\u0308"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, password string) {
		if len(password) > 2000 {
			return
		}
		if userauth.IsCommon(password) != userauth.IsCommon(" "+password+"\t") {
			t.Errorf("blanks around %q make a difference", password)
		}
	})
}
