// Package usertransport carries the ports of package user over gRPC, server
// and client side by side, and what every service must know to trust a token
// from the user service to all others.
package usertransport

import (
	"context"

	"google.golang.org/protobuf/types/known/emptypb"

	userv1 "todokit/api/user/v1"
	"todokit/pkg/rpc"
	"todokit/user"
)

type server struct {
	userv1.UnimplementedUserServiceServer
	svc user.Service
}

// NewServer returns the gRPC server of svc, for a server of package rpc.
func NewServer(svc user.Service) userv1.UserServiceServer { return &server{svc: svc} }

func (s *server) Register(ctx context.Context, m *userv1.RegisterRequest) (*userv1.User, error) {
	return rpc.Serve(ctx, m, decodeRegistration(ctx), s.svc.Register, encodeUser)
}

func (s *server) GetUser(ctx context.Context, m *userv1.GetUserRequest) (*userv1.User, error) {
	return rpc.Serve(ctx, m, decodeCaller[*userv1.GetUserRequest], s.svc.GetUser, encodeUser)
}

func (s *server) UpdateUser(ctx context.Context, m *userv1.UpdateUserRequest) (*userv1.User, error) {
	return rpc.Serve(ctx, m, decodeUserChange(ctx), s.svc.UpdateUser, encodeUser)
}

func (s *server) ChangePassword(ctx context.Context, m *userv1.ChangePasswordRequest) (*emptypb.Empty, error) {
	return rpc.Serve(ctx, m, decodePasswordChange(ctx), s.svc.ChangePassword, rpc.Nothing)
}

func (s *server) DeleteUser(ctx context.Context, m *userv1.DeleteUserRequest) (*emptypb.Empty, error) {
	return rpc.Serve(ctx, m, decodeDeletion(ctx), s.svc.DeleteUser, rpc.Nothing)
}

func (s *server) SignIn(ctx context.Context, m *userv1.SignInRequest) (*userv1.Grant, error) {
	return rpc.Serve(ctx, m, decodeCredentials, s.svc.SignIn, encodeGrant)
}

func (s *server) Refresh(ctx context.Context, m *userv1.RefreshRequest) (*userv1.Grant, error) {
	return rpc.Serve(ctx, m, decodeRefresh, s.svc.Refresh, encodeGrant)
}

func (s *server) ListSessions(ctx context.Context, m *userv1.ListSessionsRequest) (*userv1.ListSessionsResponse, error) {
	return rpc.Serve(ctx, m, decodeCaller[*userv1.ListSessionsRequest], s.svc.ListSessions, encodeSessions)
}

func (s *server) EndSessions(ctx context.Context, m *userv1.EndSessionsRequest) (*emptypb.Empty, error) {
	return rpc.Serve(ctx, m, decodeSessionEnd(ctx), s.svc.EndSessions, rpc.Nothing)
}

func (s *server) CreatePersonalToken(ctx context.Context, m *userv1.CreatePersonalTokenRequest) (*userv1.CreatePersonalTokenResponse, error) {
	return rpc.Serve(ctx, m, decodeNewPersonalToken(ctx), s.svc.CreatePersonalToken, encodeCreatedToken)
}

func (s *server) ListPersonalTokens(ctx context.Context, m *userv1.ListPersonalTokensRequest) (*userv1.ListPersonalTokensResponse, error) {
	return rpc.Serve(ctx, m, decodeCaller[*userv1.ListPersonalTokensRequest], s.svc.ListPersonalTokens, encodePersonalTokens)
}

func (s *server) EndPersonalToken(ctx context.Context, m *userv1.EndPersonalTokenRequest) (*emptypb.Empty, error) {
	return rpc.Serve(ctx, m, decodePersonalTokenEnd(ctx), s.svc.EndPersonalToken, rpc.Nothing)
}

func (s *server) ExchangePersonalToken(ctx context.Context, m *userv1.ExchangePersonalTokenRequest) (*userv1.ExchangePersonalTokenResponse, error) {
	return rpc.Serve(ctx, m, decodeExchange, s.svc.ExchangePersonalToken, encodeAccessToken)
}
