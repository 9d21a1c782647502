package config

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// redacted is what a Secret prints as.
const redacted = "[redacted]"

// Secret is a text that is not in logs, messages or dumps of a struct. Only
// Reveal returns it. The zero value is empty.
type Secret struct {
	// A pointer, because fmt prints unexported fields without asking them.
	value *string
}

// NewSecret returns a Secret of the text.
func NewSecret(text string) Secret { return Secret{value: &text} }

// Reveal returns the text.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// Empty returns whether there is no text.
func (s Secret) Empty() bool { return s.Reveal() == "" }

// String hides the text.
func (s Secret) String() string { return redacted }

// Format hides the text from every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// MarshalText hides the text from encoders: JSON, YAML, logs.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// othersMask are the permissions of accounts that are neither owner nor group.
const othersMask = 0o006

// CheckPrivate returns an error if a file is missing, or if everybody may read
// or write it.
func CheckPrivate(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.Mode().Perm()&othersMask != 0 {
		return fmt.Errorf("every account can read or write %s: chmod o-rw it", path)
	}
	return nil
}

// readSecret reads a secret from a file that not everybody may read or write.
// The end of the last line is not part of it.
func readSecret(path string) (Secret, error) {
	if err := CheckPrivate(path); err != nil {
		return Secret{}, err
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return Secret{}, err
	}
	text := strings.TrimRight(string(content), "\r\n")
	if text == "" {
		return Secret{}, errors.New(path + " is empty")
	}
	return NewSecret(text), nil
}
