package userapp

import (
	"errors"
	"strings"
	"unicode/utf8"

	"todokit/pkg/config"
	"todokit/user"
)

// Who may register.
const (
	registrationOpen   = "open"
	registrationInvite = "invite"
	registrationClosed = "closed"
)

// minCode is how short an invitation code may be, in characters.
const minCode = 16

// RegistrationConfig says who may register, and how many.
type RegistrationConfig struct {
	Mode       string        `config:"mode" usage:"who may register: open (everyone), invite (those with an invitation code) or closed (nobody)"`
	PerAddress int           `config:"per_address" usage:"how many may register from one address (of IPv6: one /64) in 15 minutes before each further one has to wait; 0 for no limit"`
	Total      int           `config:"total" usage:"how many may register in all in 15 minutes before each further one has to wait; 0 for no limit"`
	Codes      config.Secret `config:"codes" usage:"invitation codes for the mode invite, with commas between them, each of 16 characters and more"`
}

func defaultRegistration() RegistrationConfig {
	return RegistrationConfig{Mode: registrationOpen, PerAddress: 50, Total: 500}
}

// Validate names the keys that are wrong.
func (c RegistrationConfig) Validate() error {
	var wrong []error
	switch c.Mode {
	case registrationOpen, registrationClosed:
		if c.Mode == registrationOpen && len(c.codes()) > 0 {
			wrong = append(wrong, config.Invalid("codes", "are for the mode %s", registrationInvite))
		}
	case registrationInvite:
		if len(c.codes()) == 0 {
			wrong = append(wrong, config.Invalid("codes", "are needed for the mode %s", registrationInvite))
		}
	default:
		wrong = append(wrong, config.Invalid("mode", "must be %s, %s or %s", registrationOpen, registrationInvite, registrationClosed))
	}
	if c.PerAddress < 0 {
		wrong = append(wrong, config.Invalid("per_address", "must not be negative"))
	}
	if c.Total < 0 {
		wrong = append(wrong, config.Invalid("total", "must not be negative"))
	}
	for _, code := range c.codes() {
		if utf8.RuneCountInString(code) < minCode {
			wrong = append(wrong, config.Invalid("codes", "must each have at least %d characters", minCode))
			break
		}
	}
	return errors.Join(wrong...)
}

func (c RegistrationConfig) codes() []string {
	return strings.FieldsFunc(c.Codes.Reveal(), func(r rune) bool { return r == ',' || r == ' ' || r == '\n' })
}

func (c RegistrationConfig) policy() user.RegistrationPolicy {
	p := user.RegistrationPolicy{Closed: c.Mode == registrationClosed, PerAddress: c.PerAddress, Total: c.Total}
	if c.Mode == registrationInvite {
		p.Codes = c.codes()
	}
	return p
}
