package userendpoint_test

import (
	"context"
	"reflect"
	"slices"
	"testing"

	"github.com/go-kit/kit/endpoint"

	"todokit/user"
	"todokit/user/userendpoint"
	"todokit/user/usertest"
)

func TestSet_Service(t *testing.T) {
	t.Parallel()
	plain := func(string) endpoint.Middleware {
		return func(next endpoint.Endpoint) endpoint.Endpoint { return next }
	}
	usertest.TestService(t, func(_ *testing.T, deps user.Deps) usertest.Subject {
		return usertest.Subject{Service: userendpoint.New(user.NewService(deps), plain)}
	})
}

func TestSet_Middleware_NamedForEachMethod(t *testing.T) {
	t.Parallel()
	var passed []string
	stop := func(method string) endpoint.Middleware {
		return func(endpoint.Endpoint) endpoint.Endpoint {
			return func(context.Context, any) (any, error) {
				passed = append(passed, method)
				return nil, context.Canceled
			}
		}
	}
	service := reflect.TypeFor[user.Service]()
	set := reflect.ValueOf(userendpoint.New(user.NewService(user.Deps{}), stop))
	var want []string
	for m := range service.Methods() {
		want = append(want, m.Name)
		set.MethodByName(m.Name).Call([]reflect.Value{reflect.ValueOf(t.Context()), reflect.Zero(m.Type.In(1))})
	}
	if !slices.Equal(passed, want) {
		t.Fatalf("got %v, want %v", passed, want)
	}
}
