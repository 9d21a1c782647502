package user

import (
	"net/netip"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
)

// idDrift is how far the time in an id that a caller mints may be from ours.
const idDrift = 24 * time.Hour

// maxUserAgent is in characters; what is longer is cut.
const maxUserAgent = 256

// maxInput bounds a password or name that is only compared, in characters as
// sent: what is longer cannot be right, even before NFC makes it shorter.
const maxInput = 4 * MaxPassword

// checkID notes an id that is missing or was not minted about now.
func (r *rules) checkID(c *errs.Validator, name string, id ulid.ULID) {
	switch {
	case id.IsZero():
		c.Add(name, errs.FieldRequired)
	case timeOf(id).Sub(r.now()).Abs() > idDrift:
		c.Add(name, errs.FieldRange, "a day around now")
	}
}

// checkName notes what is wrong with a name, and returns its comparison form.
func (r *rules) checkName(c *errs.Validator, name string) string {
	if n := utf8.RuneCountInString(name); n < MinName || n > MaxName || !utf8.ValidString(name) {
		c.Text("user_name", name, MinName, MaxName)
		return ""
	}
	key, err := r.NameKey(name)
	if err != nil || strings.ContainsFunc(name, notInName) {
		c.Add("user_name", errs.FieldFormat, "letters, digits, '.', '_' and '-'")
	}
	return key
}

// notInName lets marks pass beside letters: many scripts write vowels so.
func notInName(c rune) bool {
	return !unicode.IsLetter(c) && !unicode.IsMark(c) && !unicode.IsDigit(c) && !strings.ContainsRune("._-", c)
}

// checkPassword notes what is wrong with a new password (prepared already).
func (r *rules) checkPassword(c *errs.Validator, field, password, nameKey string) {
	c.Text(field, password, MinPassword, MaxPassword)
	if r.IsCommon(password) {
		c.Add(field, errs.FieldTooCommon)
	}
	if nameKey != "" && strings.Contains(strings.ToLower(password), nameKey) {
		c.Add(field, errs.FieldFormat, "free of the user name")
	}
}

// require notes a text that is missing, or longer than any that can be right.
func require(c *errs.Validator, field, text string) { c.Text(field, text, 1, maxInput) }

// checkOrigin notes a bad address, and returns what of the origin is kept.
func checkOrigin(c *errs.Validator, o Origin) Origin {
	if _, err := netip.ParseAddr(o.Address); o.Address != "" && err != nil {
		c.Add("address", errs.FieldFormat, "an IP address")
	}
	agent := strings.ReplaceAll(strings.ToValidUTF8(o.UserAgent, "\uFFFD"), "\x00", "\uFFFD")
	if chars := []rune(agent); len(chars) > maxUserAgent {
		agent = string(chars[:maxUserAgent])
	}
	return Origin{Address: o.Address, UserAgent: agent}
}
