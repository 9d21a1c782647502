package usertransport

import (
	"time"

	"github.com/oklog/ulid/v2"
	"google.golang.org/protobuf/types/known/timestamppb"

	userv1 "todokit/api/user/v1"
	"todokit/pkg/errs"
	"todokit/user"
)

// idField decodes an id of a request. An absent one is left to the rules.
func idField(c *errs.Validator, name string, raw []byte) (id ulid.ULID) {
	if len(raw) != 0 && id.UnmarshalBinary(raw) != nil {
		c.Add(name, errs.FieldFormat, "16 bytes")
	}
	return id
}

// answerID decodes an id of an answer.
func answerID(raw []byte) (id ulid.ULID, err error) {
	return id, id.UnmarshalBinary(raw)
}

func stamp(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}

func unstamp(t *timestamppb.Timestamp) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.AsTime()
}

func encodeUser(u user.User) *userv1.User {
	return &userv1.User{
		Id: u.ID.Bytes(), UserName: u.Name, NickName: u.NickName,
		CreateTime: stamp(u.CreateTime), UpdateTime: stamp(u.UpdateTime),
		Version: u.Version, Mutation: u.Mutation.Bytes(),
	}
}

func decodeUser(m *userv1.User) (u user.User, err error) {
	if u.ID, err = answerID(m.GetId()); err != nil {
		return u, err
	}
	if u.Mutation, err = answerID(m.GetMutation()); err != nil {
		return u, err
	}
	u.Name, u.NickName, u.Version = m.GetUserName(), m.GetNickName(), m.GetVersion()
	u.CreateTime, u.UpdateTime = unstamp(m.GetCreateTime()), unstamp(m.GetUpdateTime())
	return u, nil
}

func encodeSession(s user.Session) *userv1.Session {
	return &userv1.Session{
		Id: s.ID.Bytes(), Owner: s.Owner.Bytes(), UserAgent: s.UserAgent, Address: s.Address,
		CreateTime: stamp(s.CreateTime), UseTime: stamp(s.UseTime), ExpireTime: stamp(s.Expires),
	}
}

func decodeSession(m *userv1.Session) (s user.Session, err error) {
	if s.ID, err = answerID(m.GetId()); err != nil {
		return s, err
	}
	if s.Owner, err = answerID(m.GetOwner()); err != nil {
		return s, err
	}
	s.UserAgent, s.Address = m.GetUserAgent(), m.GetAddress()
	s.CreateTime, s.UseTime, s.Expires = unstamp(m.GetCreateTime()), unstamp(m.GetUseTime()), unstamp(m.GetExpireTime())
	return s, nil
}

func encodeSessions(sessions []user.Session) *userv1.ListSessionsResponse {
	m := &userv1.ListSessionsResponse{Sessions: make([]*userv1.Session, len(sessions))}
	for i, s := range sessions {
		m.Sessions[i] = encodeSession(s)
	}
	return m
}

func decodeSessions(m *userv1.ListSessionsResponse) (_ []user.Session, err error) {
	sessions := make([]user.Session, len(m.GetSessions()))
	for i, s := range m.GetSessions() {
		if sessions[i], err = decodeSession(s); err != nil {
			return nil, err
		}
	}
	return sessions, nil
}

func encodeGrant(g user.Grant) *userv1.Grant {
	return &userv1.Grant{
		AccessToken: g.AccessToken, ExpireTime: stamp(g.Expires),
		RefreshToken: g.RefreshToken, User: encodeUser(g.User),
	}
}

func decodeGrant(m *userv1.Grant) (user.Grant, error) {
	u, err := decodeUser(m.GetUser())
	return user.Grant{
		AccessToken: m.GetAccessToken(), Expires: unstamp(m.GetExpireTime()),
		RefreshToken: m.GetRefreshToken(), User: u,
	}, err
}
