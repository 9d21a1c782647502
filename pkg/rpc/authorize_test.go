package rpc_test

import (
	"context"
	"errors"
	"testing"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
	"todokit/pkg/rpc"
	"todokit/pkg/token"
)

func TestServer_Scopes_MethodMustBeAllowed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		table map[string]token.Scopes
		held  token.Scopes
		want  error
	}{
		"the scope":                 {map[string]token.Scopes{checkMethod: token.TasksRead}, token.TasksRead, nil},
		"more than the scope":       {map[string]token.Scopes{checkMethod: token.TasksRead}, token.AllScopes, nil},
		"another scope":             {map[string]token.Scopes{checkMethod: token.TasksRead}, token.TasksWrite, errs.ErrForbidden},
		"no scope":                  {map[string]token.Scopes{checkMethod: token.TasksRead}, 0, errs.ErrForbidden},
		"a method without an entry": {map[string]token.Scopes{}, token.AllScopes, errs.ErrForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := rpc.ServerOptions{Verifier: goodToken{token.Claims{Scopes: c.held}}, Scopes: c.table}
			client := start(t, o, func(context.Context) error { return nil })
			if err := call(token.WithBearer(t.Context(), "good"), client); !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
		})
	}
}

// revokedToken is a Verifier to which every token is revoked.
type revokedToken struct{ claims token.Claims }

func (r revokedToken) Verify(context.Context, string) (token.Claims, error) {
	return token.Claims{}, errs.ErrUnauthenticated.Wrap(&token.RevokedError{Claims: r.claims})
}

func TestServer_RevokedToken_OnlyForRepeatsOfRevokingMethods(t *testing.T) {
	t.Parallel()
	caller := token.Claims{UserID: ulid.Make(), Scopes: token.Account}
	table := map[string]token.Scopes{checkMethod: token.Account}
	for name, c := range map[string]struct {
		revoking []string
		ctx      func(context.Context) context.Context
		want     error
	}{
		"a repeat":                   {[]string{checkMethod}, rpc.MarkRepeat, nil},
		"a first attempt":            {[]string{checkMethod}, func(ctx context.Context) context.Context { return ctx }, errs.ErrUnauthenticated},
		"a repeat of something else": {nil, rpc.MarkRepeat, errs.ErrUnauthenticated},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := start(t, rpc.ServerOptions{Verifier: revokedToken{caller}, Scopes: table, Revoking: c.revoking}, func(ctx context.Context) error {
				if got, _ := rpc.Caller(ctx); !rpc.Revoked(ctx) || got.UserID != caller.UserID {
					return errors.New("the service is not told")
				}
				return nil
			})
			if err := call(c.ctx(token.WithBearer(t.Context(), "any")), client); !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
		})
	}
}
