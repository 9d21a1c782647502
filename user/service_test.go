package user_test

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
	"todokit/pkg/mutation"
	"todokit/user"
	"todokit/user/userauth"
	"todokit/user/usertest"
)

// fixture is the rules over maps, with a person who has signed in.
type fixture struct {
	svc   user.Service
	store *usertest.Store
	clock *usertest.Clock
	deps  user.Deps
	user.Caller
	grant user.Grant
}

func newFixture(t *testing.T, change func(*user.Deps)) *fixture {
	t.Helper()
	f := &fixture{store: usertest.NewStore(), clock: usertest.NewClock()}
	deps := user.Deps{
		Accounts: f.store, Sessions: f.store, PersonalTokens: f.store, Failures: f.store,
		Passwords: usertest.Passwords{}, Tokens: usertest.Tokens{Now: f.clock.Now}, IsCommon: usertest.IsCommon,
		NameKey:         func(name string) (string, error) { return strings.ToLower(name), nil },
		PreparePassword: func(password string) string { return strings.ReplaceAll(password, "a\u0308", "ä") },
		Now:             f.clock.Now,
	}
	f.svc = user.NewService(deps)
	u, err := f.svc.Register(t.Context(), user.Register{Mutation: mutation.Mutation{ID: f.clock.NewID()}, Name: "Somebody", Password: "Pässwort"})
	if err != nil {
		t.Fatal(err)
	}
	f.Caller = user.Caller{UserID: u.ID, SessionID: f.clock.NewID()}
	f.grant, err = f.svc.SignIn(t.Context(), f.credentials(f.SessionID, "Pässwort"))
	if err != nil {
		t.Fatal(err)
	}
	f.deps = deps
	if change != nil {
		f.change(change)
	}
	return f
}

// change goes on with a service that has other dependencies.
func (f *fixture) change(edit func(*user.Deps)) {
	edit(&f.deps)
	f.svc = user.NewService(f.deps)
}

func (f *fixture) credentials(session ulid.ULID, password string) user.SignIn {
	return user.SignIn{SessionID: session, Name: "somebody", Password: password}
}

func (f *fixture) refresh(t *testing.T) error {
	t.Helper()
	_, err := f.svc.Refresh(t.Context(), user.Refresh{Token: f.grant.RefreshToken})
	return err
}

// told returns the log's entries about a subject.
func (f *fixture) told(t *testing.T, subject ulid.ULID) (entries []user.TrustEntry) {
	t.Helper()
	all, err := f.store.TrustEntries(t.Context(), user.TrustQuery{UpTo: 1000, Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		if e.Subject == subject || slices.Contains(e.More, subject) {
			entries = append(entries, e)
		}
	}
	return entries
}

func TestService(t *testing.T) {
	t.Parallel()
	usertest.TestService(t, func(_ *testing.T, deps user.Deps) usertest.Subject {
		return usertest.Subject{Service: user.NewService(deps)}
	})
}

func TestService_Password_AnySpellingMatches(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	if _, err := f.svc.SignIn(t.Context(), f.credentials(f.clock.NewID(), "Pa\u0308sswort")); err != nil {
		t.Fatal(err)
	}
	if _, err := f.svc.DeleteUser(t.Context(), user.DeleteUser{
		Caller: f.Caller, Mutation: mutation.Mutation{ID: f.clock.NewID()}, Password: "Pa\u0308sswort",
	}); err != nil {
		t.Fatal(err)
	}
}

// Passwords are compared with what is guessed first, and with the name, as if they
// were written plainly.
func TestService_Password_DisguisedOrName_Refused(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(d *user.Deps) { d.IsCommon, d.GuessForm = userauth.IsCommon, userauth.GuessForm })
	for password, code := range map[string]string{
		"password ": errs.FieldTooCommon, "ｐａｓｓｗｏｒｄ": errs.FieldTooCommon, "aaaaaaaa": errs.FieldTooCommon, "dogdogdog": errs.FieldTooCommon,
		"short   ": errs.FieldTooShort, "\u3000short\u3000\u3000": errs.FieldTooShort, "        ": errs.FieldRequired,
		"Ｓｏｍｅｂｏｄｙ": errs.FieldFormat, "my SOMEBODY!": errs.FieldFormat, "somebody": errs.FieldFormat, " some\u00adbody ": errs.FieldFormat,
	} {
		_, err := f.svc.ChangePassword(t.Context(), user.ChangePassword{
			Caller: f.Caller, Mutation: mutation.Mutation{ID: f.clock.NewID()}, Current: "Pässwort", New: password,
		})
		if fields := errs.From(err).Fields; len(fields) != 1 || fields[0].Code != code {
			t.Errorf("%q: got %+v, want %s", password, fields, code)
		}
	}
}

// What ends is in the log until every token of it has expired.
func TestService_EndOfSessionOrAccount_LoggedUntilTokensExpire(t *testing.T) {
	t.Parallel()
	reuse := func(t *testing.T, f *fixture) error {
		if err := f.refresh(t); err != nil {
			return err
		}
		f.clock.Add(user.RefreshGrace + time.Second)
		if err := f.refresh(t); !errors.Is(err, user.ErrBadRefreshToken) {
			return errors.New("a spent token was taken")
		}
		return nil
	}
	for name, c := range map[string]struct {
		end  func(*testing.T, *fixture) error
		kind user.TrustKind
	}{
		"a session that is signed out": {func(t *testing.T, f *fixture) error {
			_, err := f.svc.EndSessions(t.Context(), user.EndSessions{Caller: f.Caller, Mutation: mutation.Mutation{ID: f.clock.NewID()}, All: true})
			return err
		}, user.SessionRevoked},
		"a session whose token was stolen": {reuse, user.SessionRevoked},
		"a session of the old password": {func(t *testing.T, f *fixture) error {
			_, err := f.svc.ChangePassword(t.Context(), user.ChangePassword{
				Caller:   user.Caller{UserID: f.UserID, SessionID: ulid.Make()},
				Mutation: mutation.Mutation{ID: f.clock.NewID()}, Current: "Pässwort", New: "battery staple",
			})
			return err
		}, user.SessionRevoked},
		"an account": {func(t *testing.T, f *fixture) error {
			_, err := f.svc.DeleteUser(t.Context(), user.DeleteUser{
				Caller: f.Caller, Mutation: mutation.Mutation{ID: f.clock.NewID()}, Password: "Pässwort",
			})
			return err
		}, user.UserDeleted},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, nil)
			if err := c.end(t, f); err != nil {
				t.Fatal(err)
			}
			subject := f.SessionID
			if c.kind == user.UserDeleted {
				subject = f.UserID
			}
			told := f.told(t, subject)
			want := f.clock.Now().Add(user.AccessTokenLife + user.TokenSlack)
			if len(told) != 1 || told[0].Kind != c.kind || !told[0].Expires.Equal(want) {
				t.Fatalf("got %+v, want one until %v", told, want)
			}
		})
	}
}

// keyless is an instance that has no signing key yet.
type keyless struct{}

func (keyless) Issue(context.Context, user.Issue) (user.AccessToken, error) {
	return user.AccessToken{}, errs.ErrUnavailable
}

func TestService_NoSigningKey_ChangesNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(d *user.Deps) { d.Tokens = keyless{} })
	before, err := f.store.SessionByID(t.Context(), f.SessionID)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.refresh(t); !errors.Is(err, errs.ErrUnavailable) {
		t.Fatalf("got %v, want ErrUnavailable", err)
	}
	if after, err := f.store.SessionByID(t.Context(), f.SessionID); err != nil || after != before {
		t.Fatalf("got %+v, %v", after, err)
	}
	id := f.clock.NewID()
	if _, err := f.svc.SignIn(t.Context(), f.credentials(id, "Pässwort")); !errors.Is(err, errs.ErrUnavailable) {
		t.Fatalf("got %v, want ErrUnavailable", err)
	}
	if _, err := f.store.SessionByID(t.Context(), id); !errors.Is(err, user.ErrNotFound) {
		t.Fatalf("got %v, want ErrNotFound", err)
	}
}

// counting notes what passwords are verified against.
type counting struct {
	usertest.Passwords
	hashes *[]string
}

func (c counting) Verify(ctx context.Context, check user.PasswordCheck) (bool, error) {
	*c.hashes = append(*c.hashes, check.Hash)
	return c.Passwords.Verify(ctx, check)
}

func TestService_SignIn_UnknownName_HashesAsWell(t *testing.T) {
	t.Parallel()
	var hashes []string
	f := newFixture(t, func(d *user.Deps) {
		d.Passwords = counting{hashes: &hashes}
		d.NameKey = func(name string) (string, error) {
			if name == "no name" {
				return "", errors.New("not a name")
			}
			return name, nil
		}
	})
	for _, name := range []string{"nobody", "no name"} {
		in := f.credentials(f.clock.NewID(), "Pässwort")
		in.Name = name
		if _, err := f.svc.SignIn(t.Context(), in); !errors.Is(err, user.ErrBadCredentials) {
			t.Fatalf("got %v, want ErrBadCredentials", err)
		}
	}
	if len(hashes) != 2 || hashes[0] != "" || hashes[1] != "" {
		t.Fatalf("verified against %q", hashes)
	}
}

// contended is a store that another write always comes before.
type contended struct{ user.AccountStore }

func (contended) SaveProfile(context.Context, user.Account) error {
	return errs.ErrStaleVersion
}

func TestService_UpdateUser_AlwaysAnotherVersion_Unavailable(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(d *user.Deps) { d.Accounts = contended{d.Accounts} })
	_, err := f.svc.UpdateUser(t.Context(), user.UpdateUser{Caller: f.Caller, Mutation: mutation.Mutation{ID: f.clock.NewID()}})
	if !errors.Is(err, errs.ErrUnavailable) {
		t.Fatalf("got %v, want ErrUnavailable", err)
	}
}

func FuzzService_Refresh(f *testing.F) {
	f.Add("")
	f.Add(strings.Repeat("A", 91))
	f.Add(base64.RawURLEncoding.EncodeToString(make([]byte, 68)))
	f.Fuzz(func(t *testing.T, token string) {
		x := newFixture(t, nil)
		_, err := x.svc.Refresh(t.Context(), user.Refresh{Token: token})
		if !errors.Is(err, user.ErrBadRefreshToken) && !errors.Is(err, errs.ErrInvalid) {
			t.Fatalf("got %v", err)
		}
		if err := x.refresh(t); err != nil {
			t.Fatal(err)
		}
	})
}
