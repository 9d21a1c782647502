package usertransport

import (
	"context"
	"strings"

	userv1 "todokit/api/user/v1"
	"todokit/pkg/errs"
	"todokit/pkg/rpc"
	"todokit/pkg/token"
	"todokit/user"
)

func encodeSession(s user.Session) *userv1.Session {
	return &userv1.Session{
		Id: s.ID.Bytes(), Owner: s.Owner.Bytes(), UserAgent: s.UserAgent, Address: s.Address,
		CreateTime: encodeTime(s.CreateTime), UseTime: encodeTime(s.UseTime), ExpireTime: encodeTime(s.Expires),
	}
}

func decodeSession(m *userv1.Session) (s user.Session, err error) {
	if s.ID, err = decodeID(m.GetId()); err != nil {
		return s, err
	}
	if s.Owner, err = decodeID(m.GetOwner()); err != nil {
		return s, err
	}
	s.UserAgent, s.Address = m.GetUserAgent(), m.GetAddress()
	s.CreateTime, s.UseTime, s.Expires = decodeTime(m.GetCreateTime()), decodeTime(m.GetUseTime()), decodeTime(m.GetExpireTime())
	return s, nil
}

// encodeOrigin mends what a header may hold and a message may not.
func encodeOrigin(o user.Origin) *userv1.Origin {
	return &userv1.Origin{Address: o.Address, UserAgent: strings.ToValidUTF8(o.UserAgent, "\uFFFD")}
}

func decodeOrigin(m *userv1.Origin) user.Origin {
	return user.Origin{Address: m.GetAddress(), UserAgent: m.GetUserAgent()}
}

func encodeGrant(g user.Grant) *userv1.Grant {
	return &userv1.Grant{
		AccessToken: g.AccessToken, ExpireTime: encodeTime(g.Expires),
		RefreshToken: g.RefreshToken, User: encodeUser(g.User),
	}
}

func decodeGrant(m *userv1.Grant) (user.Grant, error) {
	u, err := decodeUser(m.GetUser())
	return user.Grant{
		AccessToken: m.GetAccessToken(), Expires: decodeTime(m.GetExpireTime()),
		RefreshToken: m.GetRefreshToken(), User: u,
	}, err
}

func encodeSignIn(in user.SignIn) *userv1.SignInRequest {
	return &userv1.SignInRequest{
		SessionId: in.SessionID.Bytes(), UserName: in.Name, Password: in.Password, Origin: encodeOrigin(in.Origin),
	}
}

func decodeSignIn(_ token.Claims, m *userv1.SignInRequest) (user.SignIn, error) {
	var v errs.Validator
	return user.SignIn{
		SessionID: idField(&v, "session_id", m.GetSessionId()),
		Name:      m.GetUserName(), Password: m.GetPassword(), Origin: decodeOrigin(m.GetOrigin()),
	}, v.Err()
}

func encodeRefresh(r user.Refresh) *userv1.RefreshRequest {
	return &userv1.RefreshRequest{RefreshToken: r.Token, Origin: encodeOrigin(r.Origin)}
}

func decodeRefresh(_ token.Claims, m *userv1.RefreshRequest) (user.Refresh, error) {
	return user.Refresh{Token: m.GetRefreshToken(), Origin: decodeOrigin(m.GetOrigin())}, nil
}

func encodeListSessions(user.Caller) *userv1.ListSessionsRequest {
	return &userv1.ListSessionsRequest{}
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

func encodeEndSessions(e user.EndSessions) *userv1.EndSessionsRequest {
	return &userv1.EndSessionsRequest{Id: e.ID.Bytes(), All: e.All, Mutation: encodeMutation(e.Mutation)}
}

func decodeEndSessions(ctx context.Context) decoder[*userv1.EndSessionsRequest, user.EndSessions] {
	return func(claims token.Claims, m *userv1.EndSessionsRequest) (user.EndSessions, error) {
		var v errs.Validator
		return user.EndSessions{
			Caller: callerOf(claims), Mutation: decodeMutation(ctx, &v, "mutation_id", m.GetMutation()),
			Revoked: rpc.Revoked(ctx), ID: idField(&v, "id", m.GetId()), All: m.GetAll(),
		}, v.Err()
	}
}
