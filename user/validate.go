package user

import (
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
	"todokit/pkg/mutation"
)

// maxUserAgent is in characters; what is longer is cut.
const maxUserAgent = 256

// maxInput bounds a password or name that is only compared, in characters as
// sent: what is longer cannot be right, even before NFC makes it shorter.
const maxInput = 4 * MaxPassword

// checkID notes an id that is missing or was not made about now.
func (s *service) checkID(v *errs.Validator, name string, id ulid.ULID) {
	mutation.ValidateID(v, name, id, s.now())
}

// checkName notes what is wrong with a name, and returns its comparison form.
func (s *service) checkName(v *errs.Validator, name string) string {
	if n := utf8.RuneCountInString(name); n < MinName || n > MaxName || !utf8.ValidString(name) {
		v.Text("user_name", name, MinName, MaxName)
		return ""
	}
	key, err := s.NameKey(name)
	if err != nil || strings.ContainsFunc(name, notInName) {
		v.Add("user_name", errs.FieldFormat, "letters, digits, '.', '_' and '-'")
	}
	return key
}

// notInName allows marks beside letters: many scripts write vowels so.
func notInName(c rune) bool {
	return !unicode.IsLetter(c) && !unicode.IsMark(c) && !unicode.IsDigit(c) && !strings.ContainsRune("._-", c)
}

// checkPassword notes what is wrong with a new password (prepared already). Blanks
// around it do not make it longer, nor another one than those that are guessed first.
func (s *service) checkPassword(v *errs.Validator, field, password, nameKey string) {
	var text errs.Validator
	text.Text(field, password, MinPassword, MaxPassword)
	switch {
	case text.Err() != nil:
		v.Text(field, password, MinPassword, MaxPassword)
	case utf8.RuneCountInString(strings.TrimSpace(password)) < MinPassword:
		v.Add(field, errs.FieldTooShort, MinPassword)
	case s.IsCommon(password):
		v.Add(field, errs.FieldTooCommon)
	case nameKey != "" && strings.Contains(s.guessForm(password), s.guessForm(nameKey)):
		v.Add(field, errs.FieldFormat, "free of the user name")
	}
}

func (s *service) guessForm(text string) string {
	if s.GuessForm == nil {
		return strings.ToLower(text)
	}
	return s.GuessForm(text)
}

// requireText notes a text that is missing, or longer than any that can be right.
func requireText(v *errs.Validator, field, text string) { v.Text(field, text, 1, maxInput) }

// checkOrigin notes a bad address, and returns what of the origin is kept.
func checkOrigin(v *errs.Validator, o Origin) Origin {
	if _, err := netip.ParseAddr(o.Address); o.Address != "" && err != nil {
		v.Add("address", errs.FieldFormat, "an IP address")
	}
	agent := strings.ReplaceAll(strings.ToValidUTF8(o.UserAgent, "\uFFFD"), "\x00", "\uFFFD")
	if chars := []rune(agent); len(chars) > maxUserAgent {
		agent = string(chars[:maxUserAgent])
	}
	return Origin{Address: o.Address, UserAgent: agent}
}
