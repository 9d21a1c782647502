// Package userendpoint makes go-kit endpoints of a user.Service, so that
// middlewares can be put around each method, and a user.Service of them again.
package userendpoint

import (
	"context"

	"github.com/go-kit/kit/endpoint"

	"todokit/pkg/typed"
	"todokit/user"
)

// Set is the endpoints of the service. It is itself a user.Service.
type Set struct {
	register       typed.Func[user.Register, user.User]
	getUser        typed.Func[user.Caller, user.User]
	updateUser     typed.Func[user.UpdateUser, user.User]
	changePassword typed.Func[user.ChangePassword, struct{}]
	deleteUser     typed.Func[user.DeleteUser, struct{}]
	signIn         typed.Func[user.SignIn, user.Grant]
	refresh        typed.Func[user.Refresh, user.Grant]
	listSessions   typed.Func[user.Caller, []user.Session]
	endSessions    typed.Func[user.EndSessions, struct{}]

	createPersonalToken   typed.Func[user.CreatePersonalToken, user.CreatedToken]
	listPersonalTokens    typed.Func[user.Caller, []user.PersonalToken]
	endPersonalToken      typed.Func[user.EndPersonalToken, struct{}]
	exchangePersonalToken typed.Func[string, user.AccessToken]
}

var _ user.Service = Set{}

// New returns the endpoints of svc, each in the middleware made for its name.
func New(svc user.Service, mw func(method string) endpoint.Middleware) Set {
	return Set{
		register:       typed.Wrap(svc.Register, "Register", mw),
		getUser:        typed.Wrap(svc.GetUser, "GetUser", mw),
		updateUser:     typed.Wrap(svc.UpdateUser, "UpdateUser", mw),
		changePassword: typed.Wrap(svc.ChangePassword, "ChangePassword", mw),
		deleteUser:     typed.Wrap(svc.DeleteUser, "DeleteUser", mw),
		signIn:         typed.Wrap(svc.SignIn, "SignIn", mw),
		refresh:        typed.Wrap(svc.Refresh, "Refresh", mw),
		listSessions:   typed.Wrap(svc.ListSessions, "ListSessions", mw),
		endSessions:    typed.Wrap(svc.EndSessions, "EndSessions", mw),

		createPersonalToken:   typed.Wrap(svc.CreatePersonalToken, "CreatePersonalToken", mw),
		listPersonalTokens:    typed.Wrap(svc.ListPersonalTokens, "ListPersonalTokens", mw),
		endPersonalToken:      typed.Wrap(svc.EndPersonalToken, "EndPersonalToken", mw),
		exchangePersonalToken: typed.Wrap(svc.ExchangePersonalToken, "ExchangePersonalToken", mw),
	}
}

// Register is part of user.Accounts.
func (s Set) Register(ctx context.Context, in user.Register) (user.User, error) {
	return s.register(ctx, in)
}

// GetUser is part of user.Accounts.
func (s Set) GetUser(ctx context.Context, in user.Caller) (user.User, error) {
	return s.getUser(ctx, in)
}

// UpdateUser is part of user.Accounts.
func (s Set) UpdateUser(ctx context.Context, in user.UpdateUser) (user.User, error) {
	return s.updateUser(ctx, in)
}

// ChangePassword is part of user.Accounts.
func (s Set) ChangePassword(ctx context.Context, in user.ChangePassword) (struct{}, error) {
	return s.changePassword(ctx, in)
}

// DeleteUser is part of user.Accounts.
func (s Set) DeleteUser(ctx context.Context, in user.DeleteUser) (struct{}, error) {
	return s.deleteUser(ctx, in)
}

// SignIn is part of user.Sessions.
func (s Set) SignIn(ctx context.Context, in user.SignIn) (user.Grant, error) {
	return s.signIn(ctx, in)
}

// Refresh is part of user.Sessions.
func (s Set) Refresh(ctx context.Context, in user.Refresh) (user.Grant, error) {
	return s.refresh(ctx, in)
}

// ListSessions is part of user.Sessions.
func (s Set) ListSessions(ctx context.Context, in user.Caller) ([]user.Session, error) {
	return s.listSessions(ctx, in)
}

// EndSessions is part of user.Sessions.
func (s Set) EndSessions(ctx context.Context, in user.EndSessions) (struct{}, error) {
	return s.endSessions(ctx, in)
}

// CreatePersonalToken is part of user.PersonalTokens.
func (s Set) CreatePersonalToken(ctx context.Context, in user.CreatePersonalToken) (user.CreatedToken, error) {
	return s.createPersonalToken(ctx, in)
}

// ListPersonalTokens is part of user.PersonalTokens.
func (s Set) ListPersonalTokens(ctx context.Context, in user.Caller) ([]user.PersonalToken, error) {
	return s.listPersonalTokens(ctx, in)
}

// EndPersonalToken is part of user.PersonalTokens.
func (s Set) EndPersonalToken(ctx context.Context, in user.EndPersonalToken) (struct{}, error) {
	return s.endPersonalToken(ctx, in)
}

// ExchangePersonalToken is part of user.PersonalTokens.
func (s Set) ExchangePersonalToken(ctx context.Context, in string) (user.AccessToken, error) {
	return s.exchangePersonalToken(ctx, in)
}
