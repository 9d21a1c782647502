package token_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"todokit/pkg/errs"
	"todokit/pkg/token"
)

func TestVerifier_Scopes_AsSigned(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, want := range []token.Scopes{0, token.TasksRead, token.TasksRead | token.Account, token.AllScopes} {
		c := f.claims()
		c.Scopes = want
		got, err := f.verifier.Verify(t.Context(), f.sign(t, c))
		if err != nil || got.Scopes != want {
			t.Errorf("got %v, %v; want %v", got.Scopes, err, want)
		}
	}
}

func TestParseScopes(t *testing.T) {
	t.Parallel()
	for names, want := range map[string]token.Scopes{
		"":                               0,
		"tasks:read":                     token.TasksRead,
		"account  tasks:write":           token.Account | token.TasksWrite,
		"tasks:read root TASKS:WRITE *":  token.TasksRead,
		"tasks:read tasks:write account": token.AllScopes,
	} {
		if got := token.ParseScopes(names); got != want {
			t.Errorf("%q: got %q", names, got)
		}
	}
	if token.AllScopes.String() != "tasks:read tasks:write account" || token.Scopes(0).String() != "" {
		t.Errorf("got %q and %q", token.AllScopes, token.Scopes(0))
	}
	if !token.AllScopes.Has(token.Account) || token.TasksRead.Has(token.TasksRead|token.TasksWrite) || token.TasksWrite.Has(token.TasksRead) {
		t.Error("a scope stands for itself only")
	}
}

// A token that was checked before is refused as soon as a new one would be.
func TestVerifier_CachedToken_RefusedOnceInvalid(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*fixture, token.Claims){
		"revoked session": func(f *fixture, c token.Claims) {
			f.trust.Apply(2, token.Change{Sequence: 2, Session: c.SessionID, Expires: f.now.Add(time.Hour)})
		},
		"deleted account": func(f *fixture, c token.Claims) {
			f.trust.Apply(2, token.Change{Sequence: 2, User: c.UserID})
		},
		"expired":     func(f *fixture, c token.Claims) { f.now = c.Expires.Add(5 * time.Second) },
		"expired key": func(f *fixture, _ token.Claims) { f.trust.Apply(2, expiredKey(f)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			c := f.claims()
			raw := f.sign(t, c)
			for range 2 {
				if _, err := f.verifier.Verify(t.Context(), raw); err != nil {
					t.Fatal(err)
				}
			}
			end(f, c)
			for range 2 {
				if _, err := f.verifier.Verify(t.Context(), raw); !errors.Is(err, errs.ErrUnauthenticated) {
					t.Fatalf("got %v, want ErrUnauthenticated", err)
				}
			}
		})
	}
}

// expiredKey replaces the key of the fixture by one that is good for another
// nanosecond, and lets that pass.
func expiredKey(f *fixture) token.Change {
	k, _ := f.trust.Key("k1")
	k.Expires = f.now.Add(time.Nanosecond)
	defer func() { f.now = f.now.Add(time.Nanosecond) }()
	f.trust.Apply(2, token.Change{Sequence: 2, Expires: k.Expires, Key: &k})
	return token.Change{Sequence: 2, Expires: k.Expires, Key: &k}
}

func TestVerifier_RevokedToken_ReturnsItsClaims(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c := f.claims()
	raw := f.sign(t, c)
	f.trust.Apply(2, token.Change{Sequence: 2, Session: c.SessionID, Expires: f.now.Add(time.Hour)})
	_, err := f.verifier.Verify(t.Context(), raw)
	if revoked, ok := errors.AsType[*token.RevokedError](err); !ok || revoked.Claims.UserID != c.UserID {
		t.Fatalf("got %v", err)
	}
	f.now = f.now.Add(16 * time.Minute)
	_, err = f.verifier.Verify(t.Context(), raw)
	if _, ok := errors.AsType[*token.RevokedError](err); ok || !errors.Is(err, errs.ErrUnauthenticated) {
		t.Fatalf("expired as well: got %v", err)
	}
}

func TestVerifier_ManyTokens_KeptApart(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	claims := make([]token.Claims, 200)
	raws := make([]string, len(claims))
	for i := range claims {
		claims[i] = f.claims()
		claims[i].TokenID = fmt.Sprint(i)
		raws[i] = f.sign(t, claims[i])
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for i, raw := range raws {
				c, err := f.verifier.Verify(t.Context(), raw)
				if err != nil || c.UserID != claims[i].UserID || c.TokenID != claims[i].TokenID {
					t.Errorf("%d: got %+v, %v", i, c, err)
				}
			}
		})
	}
	all.Wait()
}

// What is remembered of a token does not help one that only looks like it.
func TestVerifier_SimilarToCachedToken_Refuses(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	raw := f.sign(t, f.claims())
	if _, err := f.verifier.Verify(t.Context(), raw); err != nil {
		t.Fatal(err)
	}
	for _, other := range []string{tamper(t, raw), raw[:len(raw)-1], raw + "A", raw + " "} {
		if _, err := f.verifier.Verify(t.Context(), other); !errors.Is(err, errs.ErrUnauthenticated) {
			t.Errorf("got %v, want ErrUnauthenticated", err)
		}
	}
}
