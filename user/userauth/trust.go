package userauth

import (
	"todokit/pkg/token"
	"todokit/user"
)

// Teach returns what a user.Feed calls with its news, so that the instance
// itself trusts what it tells the others.
func Teach(trust *token.Trust) func(head uint64, news []user.TrustEntry) {
	return func(head uint64, news []user.TrustEntry) {
		changes := make([]token.Change, len(news))
		for i, e := range news {
			changes[i] = change(e)
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
