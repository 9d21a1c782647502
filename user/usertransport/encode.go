package usertransport

import (
	"strings"

	"google.golang.org/protobuf/types/known/fieldmaskpb"

	userv1 "todokit/api/user/v1"
	"todokit/pkg/mutation"
	"todokit/user"
)

func encodeMutation(m mutation.Mutation) *userv1.Mutation {
	return &userv1.Mutation{Id: m.ID.Bytes(), Repeat: m.Repeat}
}

// encodeOrigin mends what a header may hold and a message may not.
func encodeOrigin(o user.Origin) *userv1.Origin {
	return &userv1.Origin{Address: o.Address, UserAgent: strings.ToValidUTF8(o.UserAgent, "\uFFFD")}
}

func encodeRegistration(r user.Register) *userv1.RegisterRequest {
	return &userv1.RegisterRequest{
		Mutation: encodeMutation(r.Mutation),
		UserName: r.Name, Password: r.Password, NickName: r.NickName, InvitationCode: r.Invitation,
	}
}

func encodeGetUser(user.Caller) *userv1.GetUserRequest { return &userv1.GetUserRequest{} }

func encodeUserChange(c user.UpdateUser) *userv1.UpdateUserRequest {
	m := &userv1.UpdateUserRequest{
		User: &userv1.User{NickName: c.NickName.Value}, UpdateMask: &fieldmaskpb.FieldMask{},
		Mutation: encodeMutation(c.Mutation), IfVersion: c.IfVersion,
	}
	if c.NickName.Set {
		m.UpdateMask.Paths = []string{pathNickName}
	}
	return m
}

func encodePasswordChange(c user.ChangePassword) *userv1.ChangePasswordRequest {
	return &userv1.ChangePasswordRequest{
		CurrentPassword: c.Current, NewPassword: c.New, Mutation: encodeMutation(c.Mutation),
	}
}

func encodeDeletion(d user.DeleteUser) *userv1.DeleteUserRequest {
	return &userv1.DeleteUserRequest{Password: d.Password, Mutation: encodeMutation(d.Mutation)}
}

func encodeCredentials(c user.SignIn) *userv1.SignInRequest {
	return &userv1.SignInRequest{
		SessionId: c.SessionID.Bytes(), UserName: c.Name, Password: c.Password, Origin: encodeOrigin(c.Origin),
	}
}

func encodeRefresh(r user.Refresh) *userv1.RefreshRequest {
	return &userv1.RefreshRequest{RefreshToken: r.Token, Origin: encodeOrigin(r.Origin)}
}

func encodeListSessions(user.Caller) *userv1.ListSessionsRequest {
	return &userv1.ListSessionsRequest{}
}

func encodeSessionEnd(e user.EndSessions) *userv1.EndSessionsRequest {
	return &userv1.EndSessionsRequest{Id: e.ID.Bytes(), All: e.All, Mutation: encodeMutation(e.Mutation)}
}
