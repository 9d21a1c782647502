package usertransport_test

import (
	"context"
	"reflect"
	"slices"
	"testing"

	"github.com/go-kit/kit/endpoint"
	"google.golang.org/grpc"

	userv1 "todokit/api/user/v1"
	"todokit/user"
	"todokit/user/usertransport"
)

func TestMethods_Access_EveryMethodPublicOrScoped(t *testing.T) {
	t.Parallel()
	var names []string
	for _, service := range []grpc.ServiceDesc{userv1.UserService_ServiceDesc, userv1.TrustService_ServiceDesc} {
		for _, m := range service.Methods {
			names = append(names, "/"+service.ServiceName+"/"+m.MethodName)
		}
		for _, s := range service.Streams {
			names = append(names, "/"+service.ServiceName+"/"+s.StreamName)
		}
	}
	scopes := usertransport.Scopes()
	for _, name := range names {
		if slices.Contains(usertransport.Public(), name) == (scopes[name] != 0) {
			t.Errorf("%s: public or with a scope, not both and not neither", name)
		}
	}
	if known := len(usertransport.Public()) + len(scopes); known != len(names) {
		t.Errorf("%d methods are known, of %d", known, len(names))
	}
}

// Only what ends a session may be called with a token that was revoked.
func TestMethods_Ending(t *testing.T) {
	t.Parallel()
	want := []string{
		userv1.UserService_DeleteUser_FullMethodName,
		userv1.UserService_EndSessions_FullMethodName,
		userv1.UserService_EndPersonalToken_FullMethodName,
	}
	if got := usertransport.Ending(); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestClient_Middleware_NamedForEachMethod(t *testing.T) {
	t.Parallel()
	var passed, want []string
	stop := func(method string) endpoint.Middleware {
		return func(endpoint.Endpoint) endpoint.Endpoint {
			return func(context.Context, any) (any, error) {
				passed = append(passed, method)
				return nil, context.Canceled
			}
		}
	}
	set := reflect.ValueOf(usertransport.NewClient(nil, stop))
	for m := range reflect.TypeFor[user.Service]().Methods() {
		want = append(want, m.Name)
		set.MethodByName(m.Name).Call([]reflect.Value{reflect.ValueOf(t.Context()), reflect.Zero(m.Type.In(1))})
	}
	if !slices.Equal(passed, want) {
		t.Errorf("got %v, want %v", passed, want)
	}
}
