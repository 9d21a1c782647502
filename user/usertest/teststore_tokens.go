package usertest

import (
	"crypto/rand"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/user"
)

// newToken is one of an account, asked for through a new session of it.
func newToken(t *testing.T, s user.Store, a user.Account) user.PersonalTokenSave {
	t.Helper()
	return tokenThrough(a.ID, startSession(t, s, a).ID)
}

func tokenThrough(owner, through ulid.ULID) user.PersonalTokenSave {
	id := ulid.Make()
	in := user.PersonalTokenSave{Now: someTime(), Through: through, Token: user.PersonalToken{
		ID: id, Owner: owner, Name: "backup 🦊", CreateTime: ulid.Time(id.Time()).UTC(),
		Scopes: []user.Scope{user.ScopeTasksRead, user.ScopeAccount}, Expires: someTime().Add(time.Hour),
	}}
	_, _ = rand.Read(in.Secret[:]) // it never fails
	return in
}

func saveToken(t *testing.T, s user.Store, a user.Account) user.PersonalTokenSave {
	t.Helper()
	in := newToken(t, s, a)
	noErr(t, s.SavePersonalToken(t.Context(), in))
	return in
}

func sameTokens(t *testing.T, got []user.PersonalToken, want ...user.PersonalToken) {
	t.Helper()
	if len(got) != len(want) || len(want) > 0 && !reflect.DeepEqual(got, want) {
		t.Fatalf("got  %+v\nwant %+v", got, want)
	}
}

func tokensOf(t *testing.T, s user.Store, owner ulid.ULID) []user.PersonalToken {
	t.Helper()
	tokens, err := s.PersonalTokensOf(t.Context(), user.SessionQuery{Owner: owner, Now: someTime()})
	noErr(t, err)
	return tokens
}

func saveTokenRoundTrip(t *testing.T, s user.Store) {
	a := createAccount(t, s)
	want := saveToken(t, s, a)
	got, err := s.PersonalTokenBySecret(t.Context(), want.Secret)
	noErr(t, err)
	sameTokens(t, []user.PersonalToken{got}, want.Token)
	_, err = s.PersonalTokenBySecret(t.Context(), [32]byte{1})
	wantErr(t, err, user.ErrNotFound)
	wantErr(t, s.SavePersonalToken(t.Context(), tokenThrough(ulid.Make(), want.Through)), user.ErrNotFound)
}

func personalTokensOf(t *testing.T, s user.Store) {
	a := createAccount(t, s)
	saveToken(t, s, createAccount(t, s))
	sameTokens(t, tokensOf(t, s, a.ID))
	forever, expired := newToken(t, s, a), newToken(t, s, a)
	forever.Token.Expires = time.Time{}
	expired.Token.Expires = someTime().Add(-time.Second)
	for _, in := range []user.PersonalTokenSave{forever, expired} {
		noErr(t, s.SavePersonalToken(t.Context(), in))
	}
	newest := newToken(t, s, a)
	newest.Token.ID = ulid.MustNew(forever.Token.ID.Time()+10, rand.Reader)
	newest.Token.CreateTime = ulid.Time(newest.Token.ID.Time()).UTC()
	noErr(t, s.SavePersonalToken(t.Context(), newest))
	sameTokens(t, tokensOf(t, s, a.ID), newest.Token, forever.Token)
}

func saveTokenTaken(t *testing.T, s user.Store) {
	a, stranger := createAccount(t, s), createAccount(t, s)
	first := saveToken(t, s, a)
	again := newToken(t, s, a)
	again.Token.ID, again.Token.CreateTime, again.Token.Name = first.Token.ID, first.Token.CreateTime, "again"
	noErr(t, s.SavePersonalToken(t.Context(), again))
	sameTokens(t, tokensOf(t, s, a.ID), again.Token)
	_, err := s.PersonalTokenBySecret(t.Context(), first.Secret)
	wantErr(t, err, user.ErrNotFound)

	foreign := newToken(t, s, stranger)
	foreign.Token.ID = first.Token.ID
	wantErr(t, s.SavePersonalToken(t.Context(), foreign), user.ErrIDTaken)
	sameTokens(t, tokensOf(t, s, a.ID), again.Token)
}

func noteTokenUse(t *testing.T, s user.Store) {
	a, stranger := createAccount(t, s), createAccount(t, s)
	in := saveToken(t, s, a)
	use := user.TokenUse{Owner: a.ID, ID: in.Token.ID, Time: someTime()}
	for _, u := range []user.TokenUse{use, {Owner: stranger.ID, ID: use.ID, Time: use.Time.Add(time.Hour)}, {Owner: a.ID, ID: ulid.Make(), Time: use.Time}} {
		noErr(t, s.NoteTokenUse(t.Context(), u))
	}
	in.Token.UseTime = use.Time
	sameTokens(t, tokensOf(t, s, a.ID), in.Token)
}

func endToken(t *testing.T, s user.Store) {
	a, stranger := createAccount(t, s), createAccount(t, s)
	first, second, foreign := saveToken(t, s, a), saveToken(t, s, a), saveToken(t, s, stranger)
	expires := someTime().Add(time.Hour)
	for _, c := range []struct {
		id   ulid.ULID
		want int
	}{{foreign.Token.ID, 0}, {first.Token.ID, 1}, {first.Token.ID, 0}} {
		n, err := s.EndPersonalToken(t.Context(), user.SessionsEnd{Owner: a.ID, ID: c.id, Expires: expires})
		noErr(t, err)
		equal(t, n, c.want)
	}
	sameTokens(t, tokensOf(t, s, a.ID), second.Token)
	sameTokens(t, tokensOf(t, s, stranger.ID), foreign.Token)
	told := entriesAbout(t, s, first.Token.ID)
	if len(told) != 1 || told[0].Kind != user.SessionRevoked || !told[0].Expires.Equal(expires) {
		t.Fatalf("the log tells %+v", told)
	}
	equal(t, len(entriesAbout(t, s, foreign.Token.ID)), 0)
}

// childOf saves a token that was made with another.
func childOf(t *testing.T, s user.Store, parent user.PersonalTokenSave) user.PersonalTokenSave {
	t.Helper()
	in := tokenThrough(parent.Token.Owner, parent.Token.ID)
	in.Token.Parent = parent.Token.ID
	noErr(t, s.SavePersonalToken(t.Context(), in))
	return in
}

// saveTokenThrough: whoever asks must still be there, and a repeat comes from who
// asked first.
func saveTokenThrough(t *testing.T, s user.Store) {
	a, stranger := createAccount(t, s), createAccount(t, s)
	session, foreign := startSession(t, s, a), startSession(t, s, stranger)
	ended := startSession(t, s, a)
	_, err := s.EndSessions(t.Context(), user.SessionsEnd{Owner: a.ID, ID: ended.ID, Expires: someTime().Add(time.Hour)})
	noErr(t, err)
	for _, through := range []ulid.ULID{{}, ulid.Make(), foreign.ID, ended.ID} {
		wantErr(t, s.SavePersonalToken(t.Context(), tokenThrough(a.ID, through)), user.ErrNotFound)
		child := tokenThrough(a.ID, through)
		child.Token.Parent = ulid.Make()
		wantErr(t, s.SavePersonalToken(t.Context(), child), user.ErrNotFound)
	}
	parent := tokenThrough(a.ID, session.ID)
	noErr(t, s.SavePersonalToken(t.Context(), parent))
	child := childOf(t, s, parent)
	noErr(t, s.SavePersonalToken(t.Context(), child))
	for _, taken := range []user.PersonalTokenSave{parent, child} {
		other := childOf(t, s, parent)
		again := tokenThrough(a.ID, other.Token.ID)
		again.Token.ID, again.Token.Parent = taken.Token.ID, other.Token.ID
		wantErr(t, s.SavePersonalToken(t.Context(), again), user.ErrIDTaken)
	}
}

// endTokenDescendants: what was made with a token ends with it, and nothing else.
func endTokenDescendants(t *testing.T, s user.Store) {
	a := createAccount(t, s)
	root, other := saveToken(t, s, a), saveToken(t, s, a)
	child := childOf(t, s, root)
	grandchild, sibling := childOf(t, s, child), childOf(t, s, root)
	for _, c := range []struct {
		id   ulid.ULID
		want int
	}{{child.Token.ID, 2}, {child.Token.ID, 0}, {root.Token.ID, 2}} {
		n, err := s.EndPersonalToken(t.Context(), user.SessionsEnd{Owner: a.ID, ID: c.id, Expires: someTime().Add(time.Hour)})
		noErr(t, err)
		equal(t, n, c.want)
	}
	sameTokens(t, tokensOf(t, s, a.ID), other.Token)
	for _, ended := range []user.PersonalTokenSave{root, child, grandchild, sibling} {
		equal(t, len(entriesAbout(t, s, ended.Token.ID)), 1)
	}
}

// savePasswordEndsTokens: a new password ends all but the kept one, and the end of
// the account takes all along.
func savePasswordEndsTokens(t *testing.T, s user.Store) {
	a := createAccount(t, s)
	kept, other := saveToken(t, s, a), saveToken(t, s, a)
	next := nextVersion(a)
	noErr(t, s.SavePassword(t.Context(), user.PasswordSave{Account: next, Keep: kept.Token.ID, Expires: someTime().Add(time.Hour)}))
	sameTokens(t, tokensOf(t, s, a.ID), kept.Token)
	equal(t, len(entriesAbout(t, s, other.Token.ID)), 1)
	equal(t, len(entriesAbout(t, s, kept.Token.ID)), 0)
	noErr(t, s.DeleteAccount(t.Context(), user.AccountEnd{ID: a.ID, Version: next.Version, Expires: someTime().Add(time.Hour)}))
	_, err := s.PersonalTokenBySecret(t.Context(), kept.Secret)
	wantErr(t, err, user.ErrNotFound)
}

func pruneTokens(t *testing.T, s user.Store) {
	a := createAccount(t, s)
	live, forever, expired := saveToken(t, s, a), newToken(t, s, a), newToken(t, s, a)
	forever.Token.Expires = time.Time{}
	expired.Token.Expires = someTime().Add(-24 * time.Hour)
	for _, in := range []user.PersonalTokenSave{forever, expired} {
		noErr(t, s.SavePersonalToken(t.Context(), in))
	}
	n, err := s.PrunePersonalTokens(t.Context(), someTime().Add(-23*time.Hour))
	noErr(t, err)
	equal(t, n, 1)
	_, err = s.PersonalTokenBySecret(t.Context(), expired.Secret)
	wantErr(t, err, user.ErrNotFound)
	for _, in := range []user.PersonalTokenSave{live, forever} {
		_, err = s.PersonalTokenBySecret(t.Context(), in.Secret)
		noErr(t, err)
	}
}

// saveTokenConcurrent fills an account up to one below the limit; then one more gets in.
func saveTokenConcurrent(t *testing.T, s user.Store) {
	a := createAccount(t, s)
	expired := newToken(t, s, a) // does not count
	expired.Token.Expires = someTime().Add(-time.Second)
	noErr(t, s.SavePersonalToken(t.Context(), expired))
	for range user.MaxPersonalTokens - 1 {
		saveToken(t, s, a)
	}
	oneWins(t, race(func(int) error {
		return s.SavePersonalToken(t.Context(), tokenThrough(a.ID, expired.Through))
	}), user.ErrTokenLimit)
	again := newToken(t, s, a)
	again.Token.ID = tokensOf(t, s, a.ID)[0].ID
	if err := s.SavePersonalToken(t.Context(), again); err != nil && !errors.Is(err, user.ErrIDTaken) {
		t.Fatalf("a repeat at the limit: %v", err)
	}
}
