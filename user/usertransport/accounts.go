package usertransport

import (
	"context"

	"google.golang.org/protobuf/types/known/fieldmaskpb"

	userv1 "todokit/api/user/v1"
	"todokit/pkg/errs"
	"todokit/pkg/optional"
	"todokit/pkg/rpc"
	"todokit/pkg/token"
	"todokit/user"
)

func encodeUser(u user.User) *userv1.User {
	return &userv1.User{
		Id: u.ID.Bytes(), UserName: u.Name, NickName: u.NickName,
		CreateTime: encodeTime(u.CreateTime), UpdateTime: encodeTime(u.UpdateTime),
		Version: u.Version, Mutation: u.Mutation.Bytes(),
	}
}

func decodeUser(m *userv1.User) (u user.User, err error) {
	if u.ID, err = decodeID(m.GetId()); err != nil {
		return u, err
	}
	if u.Mutation, err = decodeID(m.GetMutation()); err != nil {
		return u, err
	}
	u.Name, u.NickName, u.Version = m.GetUserName(), m.GetNickName(), m.GetVersion()
	u.CreateTime, u.UpdateTime = decodeTime(m.GetCreateTime()), decodeTime(m.GetUpdateTime())
	return u, nil
}

func encodeRegister(r user.Register) *userv1.RegisterRequest {
	return &userv1.RegisterRequest{
		Mutation: encodeMutation(r.Mutation),
		UserName: r.Name, Password: r.Password, NickName: r.NickName, InvitationCode: r.Invitation,
		Origin: encodeOrigin(r.Origin),
	}
}

func decodeRegister(ctx context.Context) decoder[*userv1.RegisterRequest, user.Register] {
	return func(_ token.Claims, m *userv1.RegisterRequest) (user.Register, error) {
		var v errs.Validator
		return user.Register{
			Mutation: decodeMutation(ctx, &v, "id", m.GetMutation()),
			Name:     m.GetUserName(), Password: m.GetPassword(), NickName: m.GetNickName(), Invitation: m.GetInvitationCode(),
			Origin: decodeOrigin(m.GetOrigin()),
		}, v.Err()
	}
}

func encodeGetUser(user.Caller) *userv1.GetUserRequest { return &userv1.GetUserRequest{} }

// pathNickName is the field of an update mask.
const pathNickName = "nick_name"

func encodeUpdateUser(c user.UpdateUser) *userv1.UpdateUserRequest {
	m := &userv1.UpdateUserRequest{
		User: &userv1.User{NickName: c.NickName.Value}, UpdateMask: &fieldmaskpb.FieldMask{},
		Mutation: encodeMutation(c.Mutation), IfVersion: c.IfVersion,
	}
	if c.NickName.Set {
		m.UpdateMask.Paths = []string{pathNickName}
	}
	return m
}

func decodeUpdateUser(ctx context.Context) decoder[*userv1.UpdateUserRequest, user.UpdateUser] {
	return func(claims token.Claims, m *userv1.UpdateUserRequest) (user.UpdateUser, error) {
		var v errs.Validator
		in := user.UpdateUser{
			Caller: callerOf(claims), IfVersion: m.GetIfVersion(),
			Mutation: decodeMutation(ctx, &v, "mutation_id", m.GetMutation()),
		}
		for _, path := range m.GetUpdateMask().GetPaths() {
			if path == pathNickName {
				in.NickName = optional.Of(m.GetUser().GetNickName())
			} else {
				v.Add("update_mask", errs.FieldOneOf, pathNickName)
			}
		}
		return in, v.Err()
	}
}

func encodeChangePassword(c user.ChangePassword) *userv1.ChangePasswordRequest {
	return &userv1.ChangePasswordRequest{
		CurrentPassword: c.Current, NewPassword: c.New, Mutation: encodeMutation(c.Mutation),
	}
}

func decodeChangePassword(ctx context.Context) decoder[*userv1.ChangePasswordRequest, user.ChangePassword] {
	return func(claims token.Claims, m *userv1.ChangePasswordRequest) (user.ChangePassword, error) {
		var v errs.Validator
		return user.ChangePassword{
			Caller: callerOf(claims), Mutation: decodeMutation(ctx, &v, "mutation_id", m.GetMutation()),
			Current: m.GetCurrentPassword(), New: m.GetNewPassword(),
		}, v.Err()
	}
}

func encodeDeleteUser(d user.DeleteUser) *userv1.DeleteUserRequest {
	return &userv1.DeleteUserRequest{Password: d.Password, Mutation: encodeMutation(d.Mutation)}
}

func decodeDeleteUser(ctx context.Context) decoder[*userv1.DeleteUserRequest, user.DeleteUser] {
	return func(claims token.Claims, m *userv1.DeleteUserRequest) (user.DeleteUser, error) {
		var v errs.Validator
		return user.DeleteUser{
			Caller: callerOf(claims), Mutation: decodeMutation(ctx, &v, "mutation_id", m.GetMutation()),
			Revoked: rpc.Revoked(ctx), Password: m.GetPassword(),
		}, v.Err()
	}
}
