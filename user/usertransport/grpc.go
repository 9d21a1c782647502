// Package usertransport carries the ports of package user over gRPC, server
// and client side by side, and what every service must know to trust a token
// from the user service to all others.
package usertransport

import (
	"context"

	"github.com/go-kit/kit/endpoint"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"

	userv1 "todokit/api/user/v1"
	"todokit/pkg/rpc"
	"todokit/pkg/token"
	"todokit/pkg/typed"
	"todokit/user"
	"todokit/user/userendpoint"
)

// ServiceName is the full name of the gRPC service that every user instance has.
const ServiceName = "user.v1.UserService"

// method is what has to be known of a method beside its messages.
type method struct {
	name    string       // in full
	public  bool         // it needs no token
	scope   token.Scopes // otherwise, what the token must allow
	ending  bool         // it may end the session that it is called through
	hashing bool         // it hashes a password, so it takes longer than the others
}

func methods() []method {
	return []method{
		{name: userv1.UserService_Register_FullMethodName, public: true, hashing: true},
		{name: userv1.UserService_GetUser_FullMethodName, scope: token.Account},
		{name: userv1.UserService_UpdateUser_FullMethodName, scope: token.Account},
		{name: userv1.UserService_ChangePassword_FullMethodName, scope: token.Account, hashing: true},
		{name: userv1.UserService_DeleteUser_FullMethodName, scope: token.Account, hashing: true, ending: true},

		{name: userv1.UserService_SignIn_FullMethodName, public: true, hashing: true},
		{name: userv1.UserService_Refresh_FullMethodName, public: true},
		{name: userv1.UserService_ListSessions_FullMethodName, scope: token.Account},
		{name: userv1.UserService_EndSessions_FullMethodName, scope: token.Account, ending: true},

		{name: userv1.UserService_CreatePersonalToken_FullMethodName, scope: token.Account},
		{name: userv1.UserService_ListPersonalTokens_FullMethodName, scope: token.Account},
		{name: userv1.UserService_EndPersonalToken_FullMethodName, scope: token.Account, ending: true},
		{name: userv1.UserService_ExchangePersonalToken_FullMethodName, public: true},

		{name: userv1.TrustService_Follow_FullMethodName, public: true},
		{name: userv1.TrustService_ListKeys_FullMethodName, public: true},
		{name: userv1.TrustService_ListDeletions_FullMethodName, public: true},
		{name: userv1.TrustService_CheckDeletion_FullMethodName, public: true},
	}
}

// NewClient returns the endpoints of the service at the other end of cc, each in
// the middleware made for its name. Calls carry the token of their context
// (token.WithBearer), and the Caller and the Held scopes of a request are ignored.
func NewClient(cc grpc.ClientConnInterface, mw func(method string) endpoint.Middleware) userendpoint.Set {
	c := userv1.NewUserServiceClient(cc)
	return userendpoint.Set{
		RegisterEndpoint:       typed.Wrap(rpc.Call(encodeRegister, c.Register, decodeUser), "Register", mw),
		GetUserEndpoint:        typed.Wrap(rpc.Call(encodeGetUser, c.GetUser, decodeUser), "GetUser", mw),
		UpdateUserEndpoint:     typed.Wrap(rpc.Call(encodeUpdateUser, c.UpdateUser, decodeUser), "UpdateUser", mw),
		ChangePasswordEndpoint: typed.Wrap(rpc.Call(encodeChangePassword, c.ChangePassword, rpc.None), "ChangePassword", mw),
		DeleteUserEndpoint:     typed.Wrap(rpc.Call(encodeDeleteUser, c.DeleteUser, rpc.None), "DeleteUser", mw),

		SignInEndpoint:       typed.Wrap(rpc.Call(encodeSignIn, c.SignIn, decodeGrant), "SignIn", mw),
		RefreshEndpoint:      typed.Wrap(rpc.Call(encodeRefresh, c.Refresh, decodeGrant), "Refresh", mw),
		ListSessionsEndpoint: typed.Wrap(rpc.Call(encodeListSessions, c.ListSessions, decodeSessions), "ListSessions", mw),
		EndSessionsEndpoint:  typed.Wrap(rpc.Call(encodeEndSessions, c.EndSessions, rpc.None), "EndSessions", mw),

		CreatePersonalTokenEndpoint:   typed.Wrap(rpc.Call(encodeCreatePersonalToken, c.CreatePersonalToken, decodeCreatedToken), "CreatePersonalToken", mw),
		ListPersonalTokensEndpoint:    typed.Wrap(rpc.Call(encodeListPersonalTokens, c.ListPersonalTokens, decodePersonalTokens), "ListPersonalTokens", mw),
		EndPersonalTokenEndpoint:      typed.Wrap(rpc.Call(encodeEndPersonalToken, c.EndPersonalToken, rpc.None), "EndPersonalToken", mw),
		ExchangePersonalTokenEndpoint: typed.Wrap(rpc.Call(encodeExchange, c.ExchangePersonalToken, decodeAccessToken), "ExchangePersonalToken", mw),
	}
}

type server struct {
	userv1.UnimplementedUserServiceServer
	svc user.Service
}

// NewServer returns the gRPC server of svc, for a server of package rpc.
func NewServer(svc user.Service) userv1.UserServiceServer { return &server{svc: svc} }

func (s *server) Register(ctx context.Context, m *userv1.RegisterRequest) (*userv1.User, error) {
	return rpc.Serve(ctx, m, decodeRegister(ctx), s.svc.Register, encodeUser)
}

func (s *server) GetUser(ctx context.Context, m *userv1.GetUserRequest) (*userv1.User, error) {
	return rpc.Serve(ctx, m, decodeCaller[*userv1.GetUserRequest], s.svc.GetUser, encodeUser)
}

func (s *server) UpdateUser(ctx context.Context, m *userv1.UpdateUserRequest) (*userv1.User, error) {
	return rpc.Serve(ctx, m, decodeUpdateUser(ctx), s.svc.UpdateUser, encodeUser)
}

func (s *server) ChangePassword(ctx context.Context, m *userv1.ChangePasswordRequest) (*emptypb.Empty, error) {
	return rpc.Serve(ctx, m, decodeChangePassword(ctx), s.svc.ChangePassword, rpc.Nothing)
}

func (s *server) DeleteUser(ctx context.Context, m *userv1.DeleteUserRequest) (*emptypb.Empty, error) {
	return rpc.Serve(ctx, m, decodeDeleteUser(ctx), s.svc.DeleteUser, rpc.Nothing)
}

func (s *server) SignIn(ctx context.Context, m *userv1.SignInRequest) (*userv1.Grant, error) {
	return rpc.Serve(ctx, m, decodeSignIn, s.svc.SignIn, encodeGrant)
}

func (s *server) Refresh(ctx context.Context, m *userv1.RefreshRequest) (*userv1.Grant, error) {
	return rpc.Serve(ctx, m, decodeRefresh, s.svc.Refresh, encodeGrant)
}

func (s *server) ListSessions(ctx context.Context, m *userv1.ListSessionsRequest) (*userv1.ListSessionsResponse, error) {
	return rpc.Serve(ctx, m, decodeCaller[*userv1.ListSessionsRequest], s.svc.ListSessions, encodeSessions)
}

func (s *server) EndSessions(ctx context.Context, m *userv1.EndSessionsRequest) (*emptypb.Empty, error) {
	return rpc.Serve(ctx, m, decodeEndSessions(ctx), s.svc.EndSessions, rpc.Nothing)
}

func (s *server) CreatePersonalToken(ctx context.Context, m *userv1.CreatePersonalTokenRequest) (*userv1.CreatePersonalTokenResponse, error) {
	return rpc.Serve(ctx, m, decodeCreatePersonalToken(ctx), s.svc.CreatePersonalToken, encodeCreatedToken)
}

func (s *server) ListPersonalTokens(ctx context.Context, m *userv1.ListPersonalTokensRequest) (*userv1.ListPersonalTokensResponse, error) {
	return rpc.Serve(ctx, m, decodeCaller[*userv1.ListPersonalTokensRequest], s.svc.ListPersonalTokens, encodePersonalTokens)
}

func (s *server) EndPersonalToken(ctx context.Context, m *userv1.EndPersonalTokenRequest) (*emptypb.Empty, error) {
	return rpc.Serve(ctx, m, decodeEndPersonalToken(ctx), s.svc.EndPersonalToken, rpc.Nothing)
}

func (s *server) ExchangePersonalToken(ctx context.Context, m *userv1.ExchangePersonalTokenRequest) (*userv1.ExchangePersonalTokenResponse, error) {
	return rpc.Serve(ctx, m, decodeExchange, s.svc.ExchangePersonalToken, encodeAccessToken)
}
