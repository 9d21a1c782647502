// Package userendpoint makes go-kit endpoints of a user.Service, so that
// middlewares can be put around each method, and a user.Service of them again.
package userendpoint

import (
	"context"

	"github.com/go-kit/kit/endpoint"

	"todokit/pkg/typed"
	"todokit/user"
)

// Set is the endpoints of the service, one for each method. It is itself a
// user.Service: New makes one of the rules, usertransport.NewClient one of a
// connection.
type Set struct {
	RegisterEndpoint       typed.Func[user.Register, user.User]
	GetUserEndpoint        typed.Func[user.Caller, user.User]
	UpdateUserEndpoint     typed.Func[user.UpdateUser, user.User]
	ChangePasswordEndpoint typed.Func[user.ChangePassword, struct{}]
	DeleteUserEndpoint     typed.Func[user.DeleteUser, struct{}]

	SignInEndpoint       typed.Func[user.SignIn, user.Grant]
	RefreshEndpoint      typed.Func[user.Refresh, user.Grant]
	ListSessionsEndpoint typed.Func[user.Caller, []user.Session]
	EndSessionsEndpoint  typed.Func[user.EndSessions, struct{}]

	CreatePersonalTokenEndpoint   typed.Func[user.CreatePersonalToken, user.CreatedToken]
	ListPersonalTokensEndpoint    typed.Func[user.Caller, []user.PersonalToken]
	EndPersonalTokenEndpoint      typed.Func[user.EndPersonalToken, struct{}]
	ExchangePersonalTokenEndpoint typed.Func[string, user.AccessToken]
}

var _ user.Service = Set{}

// New returns the endpoints of svc, each in the middleware made for its name.
func New(svc user.Service, mw func(method string) endpoint.Middleware) Set {
	return Set{
		RegisterEndpoint:       typed.Wrap(svc.Register, "Register", mw),
		GetUserEndpoint:        typed.Wrap(svc.GetUser, "GetUser", mw),
		UpdateUserEndpoint:     typed.Wrap(svc.UpdateUser, "UpdateUser", mw),
		ChangePasswordEndpoint: typed.Wrap(svc.ChangePassword, "ChangePassword", mw),
		DeleteUserEndpoint:     typed.Wrap(svc.DeleteUser, "DeleteUser", mw),

		SignInEndpoint:       typed.Wrap(svc.SignIn, "SignIn", mw),
		RefreshEndpoint:      typed.Wrap(svc.Refresh, "Refresh", mw),
		ListSessionsEndpoint: typed.Wrap(svc.ListSessions, "ListSessions", mw),
		EndSessionsEndpoint:  typed.Wrap(svc.EndSessions, "EndSessions", mw),

		CreatePersonalTokenEndpoint:   typed.Wrap(svc.CreatePersonalToken, "CreatePersonalToken", mw),
		ListPersonalTokensEndpoint:    typed.Wrap(svc.ListPersonalTokens, "ListPersonalTokens", mw),
		EndPersonalTokenEndpoint:      typed.Wrap(svc.EndPersonalToken, "EndPersonalToken", mw),
		ExchangePersonalTokenEndpoint: typed.Wrap(svc.ExchangePersonalToken, "ExchangePersonalToken", mw),
	}
}

func (s Set) Register(ctx context.Context, in user.Register) (user.User, error) {
	return s.RegisterEndpoint(ctx, in)
}

func (s Set) GetUser(ctx context.Context, in user.Caller) (user.User, error) {
	return s.GetUserEndpoint(ctx, in)
}

func (s Set) UpdateUser(ctx context.Context, in user.UpdateUser) (user.User, error) {
	return s.UpdateUserEndpoint(ctx, in)
}

func (s Set) ChangePassword(ctx context.Context, in user.ChangePassword) (struct{}, error) {
	return s.ChangePasswordEndpoint(ctx, in)
}

func (s Set) DeleteUser(ctx context.Context, in user.DeleteUser) (struct{}, error) {
	return s.DeleteUserEndpoint(ctx, in)
}

func (s Set) SignIn(ctx context.Context, in user.SignIn) (user.Grant, error) {
	return s.SignInEndpoint(ctx, in)
}

func (s Set) Refresh(ctx context.Context, in user.Refresh) (user.Grant, error) {
	return s.RefreshEndpoint(ctx, in)
}

func (s Set) ListSessions(ctx context.Context, in user.Caller) ([]user.Session, error) {
	return s.ListSessionsEndpoint(ctx, in)
}

func (s Set) EndSessions(ctx context.Context, in user.EndSessions) (struct{}, error) {
	return s.EndSessionsEndpoint(ctx, in)
}

func (s Set) CreatePersonalToken(ctx context.Context, in user.CreatePersonalToken) (user.CreatedToken, error) {
	return s.CreatePersonalTokenEndpoint(ctx, in)
}

func (s Set) ListPersonalTokens(ctx context.Context, in user.Caller) ([]user.PersonalToken, error) {
	return s.ListPersonalTokensEndpoint(ctx, in)
}

func (s Set) EndPersonalToken(ctx context.Context, in user.EndPersonalToken) (struct{}, error) {
	return s.EndPersonalTokenEndpoint(ctx, in)
}

func (s Set) ExchangePersonalToken(ctx context.Context, in string) (user.AccessToken, error) {
	return s.ExchangePersonalTokenEndpoint(ctx, in)
}
