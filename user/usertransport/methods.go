package usertransport

import (
	userv1 "todokit/api/user/v1"
	"todokit/pkg/token"
)

// Public returns the methods that need no token, for rpc.ServerOptions.
func Public() []string {
	return []string{
		userv1.UserService_Register_FullMethodName,
		userv1.UserService_SignIn_FullMethodName,
		userv1.UserService_Refresh_FullMethodName,
		userv1.UserService_ExchangePersonalToken_FullMethodName,
		userv1.TrustService_Follow_FullMethodName,
	}
}

// Scopes returns what a token must allow for each of the other methods, for
// rpc.ServerOptions.
func Scopes() map[string]token.Scopes {
	return map[string]token.Scopes{
		userv1.UserService_GetUser_FullMethodName:        token.Account,
		userv1.UserService_UpdateUser_FullMethodName:     token.Account,
		userv1.UserService_ChangePassword_FullMethodName: token.Account,
		userv1.UserService_DeleteUser_FullMethodName:     token.Account,
		userv1.UserService_ListSessions_FullMethodName:   token.Account,
		userv1.UserService_EndSessions_FullMethodName:    token.Account,

		userv1.UserService_CreatePersonalToken_FullMethodName: token.Account,
		userv1.UserService_ListPersonalTokens_FullMethodName:  token.Account,
		userv1.UserService_EndPersonalToken_FullMethodName:    token.Account,
	}
}

// Ending returns the methods that may end the session they are called through,
// for rpc.ServerOptions.
func Ending() []string {
	return []string{
		userv1.UserService_DeleteUser_FullMethodName,
		userv1.UserService_EndSessions_FullMethodName,
		userv1.UserService_EndPersonalToken_FullMethodName,
	}
}
