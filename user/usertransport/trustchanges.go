package usertransport

import (
	"crypto/ed25519"
	"errors"

	userv1 "todokit/api/user/v1"
	"todokit/pkg/token"
	"todokit/user"
)

// encodeChanges tells of each revoked session by itself, as every version of a
// follower understands it.
func encodeChanges(entries ...user.TrustEntry) []*userv1.Change {
	changes := make([]*userv1.Change, 0, len(entries))
	for _, e := range entries {
		changes = append(changes, encodeChange(e))
		for _, session := range e.More {
			e.Subject = session
			changes = append(changes, encodeChange(e))
		}
	}
	return changes
}

func encodeChange(e user.TrustEntry) *userv1.Change {
	m := &userv1.Change{Sequence: e.Sequence, ExpireTime: encodeTime(e.Expires)}
	switch e.Kind {
	case user.KeyPublished:
		m.What = &userv1.Change_PublicKey{PublicKey: &userv1.PublicKey{Id: e.Key.ID, Ed25519: e.Key.Key}}
	case user.SessionRevoked:
		m.What = &userv1.Change_RevokedSession{RevokedSession: e.Subject.Bytes()}
	case user.UserDeleted:
		m.ExpireTime = nil
		m.What = &userv1.Change_DeletedUser{DeletedUser: e.Subject.Bytes()}
	}
	return m
}

// errUnknownKind is for a change of a later version of the user service.
var errUnknownKind = errors.New("a change of an unknown kind")

func decodeChange(m *userv1.Change) (c token.Change, err error) {
	c.Sequence, c.Expires = m.GetSequence(), decodeTime(m.GetExpireTime())
	switch what := m.GetWhat().(type) {
	case *userv1.Change_PublicKey:
		c.Key = &token.PublicKey{ID: what.PublicKey.GetId(), Key: what.PublicKey.GetEd25519(), Expires: c.Expires}
		if len(c.Key.Key) != ed25519.PublicKeySize {
			err = errors.New("public key of a wrong size")
		}
	case *userv1.Change_RevokedSession:
		c.Session, err = decodeID(what.RevokedSession)
	case *userv1.Change_DeletedUser:
		c.User, err = decodeID(what.DeletedUser)
	default:
		err = errUnknownKind
	}
	return c, err
}
