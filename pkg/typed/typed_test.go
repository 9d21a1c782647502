package typed_test

import (
	"context"
	"errors"
	"strconv"
	"testing"

	"github.com/go-kit/kit/endpoint"

	"todokit/pkg/typed"
)

func parse(_ context.Context, s string) (int, error) { return strconv.Atoi(s) }

func TestWrap_Middleware_KeepsResultAndError(t *testing.T) {
	t.Parallel()
	var seen []string
	wrapped := typed.Wrap(parse, "Parse", func(method string) endpoint.Middleware {
		return func(next endpoint.Endpoint) endpoint.Endpoint {
			return func(ctx context.Context, request any) (any, error) {
				seen = append(seen, method)
				return next(ctx, request)
			}
		}
	})
	if n, err := wrapped(t.Context(), "42"); n != 42 || err != nil {
		t.Fatalf("got %d, %v", n, err)
	}
	if _, err := wrapped(t.Context(), "x"); !errors.Is(err, strconv.ErrSyntax) {
		t.Fatalf("got %v", err)
	}
	if len(seen) != 2 || seen[0] != "Parse" {
		t.Fatalf("the middleware saw %v", seen)
	}
}

func TestEndpoint_WrongType_IsAnError(t *testing.T) {
	t.Parallel()
	if _, err := typed.Endpoint(parse)(t.Context(), 7); err == nil {
		t.Error("a request of another type was taken")
	}
	if _, err := typed.Method[string, string](typed.Endpoint(parse))(t.Context(), "7"); err == nil {
		t.Error("a response of another type was taken")
	}
}
