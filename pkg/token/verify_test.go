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
	w := newWorld(t)
	for _, want := range []token.Scopes{0, token.TasksRead, token.TasksRead | token.Account, token.AllScopes} {
		c := w.claims()
		c.Scopes = want
		got, err := w.verifier.Verify(t.Context(), w.sign(t, c))
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
	for name, end := range map[string]func(*world, token.Claims){
		"revoked session": func(w *world, c token.Claims) {
			w.trust.Apply(2, token.Change{Sequence: 2, Session: c.SessionID, Expires: w.now.Add(time.Hour)})
		},
		"deleted account": func(w *world, c token.Claims) {
			w.trust.Apply(2, token.Change{Sequence: 2, User: c.UserID})
		},
		"expired":     func(w *world, c token.Claims) { w.now = c.Expires.Add(5 * time.Second) },
		"expired key": func(w *world, _ token.Claims) { w.trust.Apply(2, expiredKey(w)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.claims()
			raw := w.sign(t, c)
			for range 2 {
				if _, err := w.verifier.Verify(t.Context(), raw); err != nil {
					t.Fatal(err)
				}
			}
			end(w, c)
			for range 2 {
				if _, err := w.verifier.Verify(t.Context(), raw); !errors.Is(err, errs.ErrUnauthenticated) {
					t.Fatalf("got %v, want ErrUnauthenticated", err)
				}
			}
		})
	}
}

// expiredKey replaces the key of the world by one that is good for another
// nanosecond, and lets that pass.
func expiredKey(w *world) token.Change {
	k, _ := w.trust.Key("k1")
	k.Expires = w.now.Add(time.Nanosecond)
	defer func() { w.now = w.now.Add(time.Nanosecond) }()
	w.trust.Apply(2, token.Change{Sequence: 2, Expires: k.Expires, Key: &k})
	return token.Change{Sequence: 2, Expires: k.Expires, Key: &k}
}

func TestVerifier_RevokedToken_ReturnsItsClaims(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.claims()
	raw := w.sign(t, c)
	w.trust.Apply(2, token.Change{Sequence: 2, Session: c.SessionID, Expires: w.now.Add(time.Hour)})
	_, err := w.verifier.Verify(t.Context(), raw)
	if revoked, ok := errors.AsType[*token.RevokedError](err); !ok || revoked.Claims.UserID != c.UserID {
		t.Fatalf("got %v", err)
	}
	w.now = w.now.Add(16 * time.Minute)
	_, err = w.verifier.Verify(t.Context(), raw)
	if _, ok := errors.AsType[*token.RevokedError](err); ok || !errors.Is(err, errs.ErrUnauthenticated) {
		t.Fatalf("expired as well: got %v", err)
	}
}

func TestVerifier_ManyTokens_KeptApart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	claims := make([]token.Claims, 200)
	raws := make([]string, len(claims))
	for i := range claims {
		claims[i] = w.claims()
		claims[i].TokenID = fmt.Sprint(i)
		raws[i] = w.sign(t, claims[i])
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for i, raw := range raws {
				c, err := w.verifier.Verify(t.Context(), raw)
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
	w := newWorld(t)
	raw := w.sign(t, w.claims())
	if _, err := w.verifier.Verify(t.Context(), raw); err != nil {
		t.Fatal(err)
	}
	for _, other := range []string{tamper(t, raw), raw[:len(raw)-1], raw + "A", raw + " "} {
		if _, err := w.verifier.Verify(t.Context(), other); !errors.Is(err, errs.ErrUnauthenticated) {
			t.Errorf("got %v, want ErrUnauthenticated", err)
		}
	}
}
