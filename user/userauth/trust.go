package userauth

import (
	"todokit/pkg/token"
	"todokit/user"
)

// ApplyTo returns what a user.TrustLog calls with the entries that were added, so
// that the instance itself trusts what it tells the others.
func ApplyTo(trust *token.Trust) func(head uint64, added []user.TrustEntry) {
	return func(head uint64, added []user.TrustEntry) {
		changes := make([]token.Change, 0, len(added))
		for _, e := range added {
			changes = append(changes, change(e))
			for _, session := range e.More {
				changes = append(changes, token.Change{Sequence: e.Sequence, Expires: e.Expires, Session: session})
			}
		}
		trust.Apply(head, changes...)
		trust.Complete()
	}
}

func change(e user.TrustEntry) token.Change {
	c := token.Change{Sequence: e.Sequence, Expires: e.Expires}
	switch e.Kind {
	case user.KeyPublished:
		c.Key = &token.PublicKey{ID: e.Key.ID, Key: e.Key.Key, Expires: e.Key.Expires}
	case user.SessionRevoked:
		c.Session = e.Subject
	case user.UserDeleted:
		c.User = e.Subject
	}
	return c
}
