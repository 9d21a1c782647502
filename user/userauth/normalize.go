package userauth

import (
	"fmt"

	"golang.org/x/text/secure/precis"
	"golang.org/x/text/unicode/norm"

	"todokit/pkg/casefold"
)

// NameKey returns the form by which names are compared: that of the PRECIS
// profile UsernameCaseMapped (RFC 8265), which makes wide and narrow, and composed
// and decomposed characters alike, with Unicode's full case folding instead of
// lower case, which would keep Νίκος and ΝΊΚΟΣ, weiß and WEISS apart. Returns an
// error for a text that the profile refuses.
func NameKey(name string) (string, error) {
	key, err := FormerNameKey(name)
	return casefold.String(key), err
}

// FormerNameKey returns the form by which names were compared before: that of the
// profile alone.
func FormerNameKey(name string) (string, error) {
	key, err := precis.UsernameCaseMapped.String(name)
	if err != nil {
		return "", fmt.Errorf("user name: %w", err)
	}
	return key, nil
}

// PreparePassword returns the password in NFC, so that it is the same from
// every keyboard and system.
func PreparePassword(password string) string { return norm.NFC.String(password) }
