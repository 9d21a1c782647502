package userapp

import (
	"todokit/pkg/config"
	"todokit/user"
)

// SessionConfig bounds the sessions.
type SessionConfig struct {
	PerAccount int `config:"per_account" usage:"most sessions of an account, at most 1000; one more ends that which has not been used for the longest time"`
}

// Validate names the keys that are wrong.
func (c SessionConfig) Validate() error {
	if c.PerAccount < 1 || c.PerAccount > user.MaxSessions {
		return config.Invalid("per_account", "must be from 1 to %d", user.MaxSessions)
	}
	return nil
}
