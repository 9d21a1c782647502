package usertransport

import (
	"context"

	"google.golang.org/grpc"

	userv1 "todokit/api/user/v1"
	"todokit/pkg/rpc"
	"todokit/pkg/typed"
	"todokit/user"
)

// client is the port over gRPC. It has no Caller to tell: that is who the
// token in the context says.
type client struct {
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

// NewClient returns the service at the other end of cc. Calls carry the token
// of their context (token.WithBearer), and the Caller and the Held scopes
// of a request are ignored.
func NewClient(cc grpc.ClientConnInterface) user.Service {
	c := userv1.NewUserServiceClient(cc)
	return &client{
		register:       rpc.Call(encodeRegistration, c.Register, decodeUser),
		getUser:        rpc.Call(encodeGetUser, c.GetUser, decodeUser),
		updateUser:     rpc.Call(encodeUserChange, c.UpdateUser, decodeUser),
		changePassword: rpc.Call(encodePasswordChange, c.ChangePassword, rpc.None),
		deleteUser:     rpc.Call(encodeDeletion, c.DeleteUser, rpc.None),
		signIn:         rpc.Call(encodeCredentials, c.SignIn, decodeGrant),
		refresh:        rpc.Call(encodeRefresh, c.Refresh, decodeGrant),
		listSessions:   rpc.Call(encodeListSessions, c.ListSessions, decodeSessions),
		endSessions:    rpc.Call(encodeSessionEnd, c.EndSessions, rpc.None),

		createPersonalToken:   rpc.Call(encodeNewPersonalToken, c.CreatePersonalToken, decodeCreatedToken),
		listPersonalTokens:    rpc.Call(encodeListPersonalTokens, c.ListPersonalTokens, decodePersonalTokens),
		endPersonalToken:      rpc.Call(encodePersonalTokenEnd, c.EndPersonalToken, rpc.None),
		exchangePersonalToken: rpc.Call(encodeExchange, c.ExchangePersonalToken, decodeAccessToken),
	}
}

func (c *client) Register(ctx context.Context, in user.Register) (user.User, error) {
	return c.register(ctx, in)
}

func (c *client) GetUser(ctx context.Context, in user.Caller) (user.User, error) {
	return c.getUser(ctx, in)
}

func (c *client) UpdateUser(ctx context.Context, in user.UpdateUser) (user.User, error) {
	return c.updateUser(ctx, in)
}

func (c *client) ChangePassword(ctx context.Context, in user.ChangePassword) (struct{}, error) {
	return c.changePassword(ctx, in)
}

func (c *client) DeleteUser(ctx context.Context, in user.DeleteUser) (struct{}, error) {
	return c.deleteUser(ctx, in)
}

func (c *client) SignIn(ctx context.Context, in user.SignIn) (user.Grant, error) {
	return c.signIn(ctx, in)
}

func (c *client) Refresh(ctx context.Context, in user.Refresh) (user.Grant, error) {
	return c.refresh(ctx, in)
}

func (c *client) ListSessions(ctx context.Context, in user.Caller) ([]user.Session, error) {
	return c.listSessions(ctx, in)
}

func (c *client) EndSessions(ctx context.Context, in user.EndSessions) (struct{}, error) {
	return c.endSessions(ctx, in)
}

func (c *client) CreatePersonalToken(ctx context.Context, in user.CreatePersonalToken) (user.CreatedToken, error) {
	return c.createPersonalToken(ctx, in)
}

func (c *client) ListPersonalTokens(ctx context.Context, in user.Caller) ([]user.PersonalToken, error) {
	return c.listPersonalTokens(ctx, in)
}

func (c *client) EndPersonalToken(ctx context.Context, in user.EndPersonalToken) (struct{}, error) {
	return c.endPersonalToken(ctx, in)
}

func (c *client) ExchangePersonalToken(ctx context.Context, in string) (user.AccessToken, error) {
	return c.exchangePersonalToken(ctx, in)
}
