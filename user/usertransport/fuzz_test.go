package usertransport_test

import (
	"context"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	userv1 "todokit/api/user/v1"
	"todokit/pkg/errs"
	"todokit/pkg/rpc"
	"todokit/pkg/token"
	"todokit/user"
	"todokit/user/usertest"
	"todokit/user/usertransport"
)

// issued is a user.Tokens whose tokens are worth nothing.
type issued struct{}

func (issued) Issue(context.Context, user.Issue) (user.AccessToken, error) {
	return user.AccessToken{Raw: "token", Expires: time.Now()}, nil
}

// FuzzServer_Requests shows that no message, however odd, is answered with an error
// that would be ours, by any method.
func FuzzServer_Requests(f *testing.F) {
	store := usertest.NewStore()
	s := usertransport.NewServer(user.NewService(user.Deps{
		Accounts: store, Sessions: store, PersonalTokens: store, Failures: store,
		Passwords: usertest.Passwords{}, Tokens: issued{}, IsCommon: usertest.IsCommon, Now: time.Now,
		NameKey:         func(name string) (string, error) { return name, nil },
		PreparePassword: func(password string) string { return password },
	}))
	id := ulid.Make().Bytes()
	for _, m := range []proto.Message{
		&userv1.RegisterRequest{UserName: "mei", Password: "correct horse", Mutation: &userv1.Mutation{Id: id}},
		&userv1.UpdateUserRequest{User: &userv1.User{NickName: "x"}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"nick_name"}}, Mutation: &userv1.Mutation{Id: id}},
		&userv1.SignInRequest{SessionId: id, UserName: "mei", Password: "correct horse", Origin: &userv1.Origin{Address: "192.0.2.7", UserAgent: "x"}},
		&userv1.RefreshRequest{RefreshToken: "x"},
		&userv1.EndSessionsRequest{Id: id, All: true, Mutation: &userv1.Mutation{Id: id, Repeat: true}},
	} {
		wire, err := proto.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		for n := range userv1.UserService_ServiceDesc.Methods {
			f.Add(n, wire)
		}
	}
	ctx := rpc.WithCaller(f.Context(), token.Claims{UserID: ulid.Make(), SessionID: ulid.Make(), Scopes: token.AllScopes})
	f.Fuzz(func(t *testing.T, n int, wire []byte) {
		methods := userv1.UserService_ServiceDesc.Methods
		method := methods[(n%len(methods)+len(methods))%len(methods)]
		decode := func(m any) error {
			if err := proto.Unmarshal(wire, m.(proto.Message)); err != nil {
				return errs.ErrInvalid.Wrap(err) // as gRPC itself refuses them
			}
			return nil
		}
		if _, err := method.Handler(s, ctx, decode, nil); err != nil && errs.KindOf(err) == errs.Internal {
			t.Errorf("%s: %v", method.MethodName, err)
		}
	})
}
