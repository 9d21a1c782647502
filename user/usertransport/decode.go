package usertransport

import (
	"context"

	userv1 "todokit/api/user/v1"
	"todokit/pkg/errs"
	"todokit/pkg/mutation"
	"todokit/pkg/optional"
	"todokit/pkg/rpc"
	"todokit/pkg/token"
	"todokit/user"
)

// pathNickName is the field of an update mask.
const pathNickName = "nick_name"

// decoder is what rpc.Serve takes to decode a message.
type decoder[Msg, Req any] = func(token.Claims, Msg) (Req, error)

// callerOf is the only source of a Caller: the checked token.
func callerOf(c token.Claims) user.Caller {
	return user.Caller{UserID: c.UserID, SessionID: c.SessionID}
}

func decodeCaller[Msg any](c token.Claims, _ Msg) (user.Caller, error) { return callerOf(c), nil }

// decodeMutation also heeds the mark of a repeat that travels beside the
// message, since the attempts of a call share one message.
func decodeMutation(ctx context.Context, c *errs.Validator, name string, m *userv1.Mutation) mutation.Mutation {
	return mutation.Mutation{
		ID:     idField(c, name, m.GetId()),
		Repeat: m.GetRepeat() || rpc.Repeated(ctx),
	}
}

func decodeOrigin(m *userv1.Origin) user.Origin {
	return user.Origin{Address: m.GetAddress(), UserAgent: m.GetUserAgent()}
}

func decodeRegistration(ctx context.Context) decoder[*userv1.RegisterRequest, user.Register] {
	return func(_ token.Claims, m *userv1.RegisterRequest) (user.Register, error) {
		var c errs.Validator
		return user.Register{
			Mutation: decodeMutation(ctx, &c, "id", m.GetMutation()),
			Name:     m.GetUserName(), Password: m.GetPassword(), NickName: m.GetNickName(), Invitation: m.GetInvitationCode(),
		}, c.Err()
	}
}

func decodeUserChange(ctx context.Context) decoder[*userv1.UpdateUserRequest, user.UpdateUser] {
	return func(claims token.Claims, m *userv1.UpdateUserRequest) (user.UpdateUser, error) {
		var c errs.Validator
		in := user.UpdateUser{
			Caller: callerOf(claims), IfVersion: m.GetIfVersion(),
			Mutation: decodeMutation(ctx, &c, "mutation_id", m.GetMutation()),
		}
		for _, path := range m.GetUpdateMask().GetPaths() {
			if path == pathNickName {
				in.NickName = optional.Of(m.GetUser().GetNickName())
			} else {
				c.Add("update_mask", errs.FieldOneOf, pathNickName)
			}
		}
		return in, c.Err()
	}
}

func decodePasswordChange(ctx context.Context) decoder[*userv1.ChangePasswordRequest, user.ChangePassword] {
	return func(claims token.Claims, m *userv1.ChangePasswordRequest) (user.ChangePassword, error) {
		var c errs.Validator
		return user.ChangePassword{
			Caller: callerOf(claims), Mutation: decodeMutation(ctx, &c, "mutation_id", m.GetMutation()),
			Current: m.GetCurrentPassword(), New: m.GetNewPassword(),
		}, c.Err()
	}
}

func decodeDeletion(ctx context.Context) decoder[*userv1.DeleteUserRequest, user.DeleteUser] {
	return func(claims token.Claims, m *userv1.DeleteUserRequest) (user.DeleteUser, error) {
		var c errs.Validator
		return user.DeleteUser{
			Caller: callerOf(claims), Mutation: decodeMutation(ctx, &c, "mutation_id", m.GetMutation()),
			Revoked: rpc.Revoked(ctx), Password: m.GetPassword(),
		}, c.Err()
	}
}

func decodeCredentials(_ token.Claims, m *userv1.SignInRequest) (user.SignIn, error) {
	var c errs.Validator
	return user.SignIn{
		SessionID: idField(&c, "session_id", m.GetSessionId()),
		Name:      m.GetUserName(), Password: m.GetPassword(), Origin: decodeOrigin(m.GetOrigin()),
	}, c.Err()
}

func decodeRefresh(_ token.Claims, m *userv1.RefreshRequest) (user.Refresh, error) {
	return user.Refresh{Token: m.GetRefreshToken(), Origin: decodeOrigin(m.GetOrigin())}, nil
}

func decodeSessionEnd(ctx context.Context) decoder[*userv1.EndSessionsRequest, user.EndSessions] {
	return func(claims token.Claims, m *userv1.EndSessionsRequest) (user.EndSessions, error) {
		var c errs.Validator
		return user.EndSessions{
			Caller: callerOf(claims), Mutation: decodeMutation(ctx, &c, "mutation_id", m.GetMutation()),
			Revoked: rpc.Revoked(ctx), ID: idField(&c, "id", m.GetId()), All: m.GetAll(),
		}, c.Err()
	}
}
