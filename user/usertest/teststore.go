package usertest

import (
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/user"
)

// TestStore checks that a Store does what the ports say. The store may be
// shared with other tests: only what the suite makes is looked at.
func TestStore(t *testing.T, store user.Store) {
	for name, test := range map[string]func(*testing.T, user.Store){
		"CreateAccount/found as created":                 createAccountRoundTrip,
		"CreateAccount/name or id taken":                 createAccountTaken,
		"AccountByName/exact":                            accountByNameExact,
		"SaveProfile/stale version":                      saveProfile,
		"SavePassword/ends other sessions":               savePassword,
		"SavePassword/stale version":                     savePasswordStale,
		"DeleteAccount/removes sessions":                 deleteAccount,
		"StartSession/found as started":                  startSessionRoundTrip,
		"StartSession/id taken":                          startSessionTaken,
		"StartSession/other password":                    startSessionOtherPassword,
		"StartSession/limit":                             startSessionLimit,
		"EndSessions/one entry":                          endSessionsOneEntry,
		"RotateSession/stale generation":                 rotateSession,
		"SessionsOf/last used first":                     sessionsOf,
		"EndSessions/one or all":                         endSessions,
		"PruneSessions/expired":                          pruneSessions,
		"SavePersonalToken/found by secret":              saveTokenRoundTrip,
		"PersonalTokensOf/newest first":                  personalTokensOf,
		"SavePersonalToken/id taken":                     saveTokenTaken,
		"NoteTokenUse/of the owner":                      noteTokenUse,
		"SavePersonalToken/by whom":                      saveTokenThrough,
		"EndPersonalToken/one":                           endToken,
		"EndPersonalToken/with descendants":              endTokenDescendants,
		"SavePassword/ends other tokens":                 savePasswordEndsTokens,
		"PrunePersonalTokens/expired":                    pruneTokens,
		"SavePersonalToken/concurrent, one below limit":  saveTokenConcurrent,
		"CountFailure/throttles":                         countFailure,
		"SaveFailures/saved and forgotten":               saveFailures,
		"PruneFailures/expired":                          pruneFailures,
		"CountFailure/concurrent, counts the free ones":  countFailureConcurrent,
		"TrustEntries/skips expired":                     trustEntriesLive,
		"TrustEntries/pages":                             trustEntriesPages,
		"PruneTrust/keeps deleted accounts":              pruneTrust,
		"LiveKeys/not expired, the newest first":         liveKeys,
		"AccountDeleted/listed, and there is none":       accountDeleted,
		"CreateAccount/concurrent, one wins":             createAccountConcurrent,
		"SaveProfile/concurrent, one wins":               saveProfileConcurrent,
		"RotateSession/concurrent, one wins":             rotateSessionConcurrent,
		"TrustHead/concurrent, numbers visible in order": trustHeadConcurrent,
		"StartSession/concurrent with SavePassword":      startSessionDuringSavePassword,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, store)
		})
	}
}

// someTime is a now in the precision that stores keep.
func someTime() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// newAccount has a name that no other has.
func newAccount() user.Account {
	id := ulid.Make()
	name := "N." + strings.ToLower(rand.Text())
	return user.Account{
		User: user.User{
			ID: id, Name: name, NickName: "Zoë 🦊 测试", CreateTime: ulid.Time(id.Time()).UTC(),
			UpdateTime: someTime(), Version: 1, Mutation: id,
		},
		NameKey: strings.ToLower(name), PasswordHash: "hash 1",
	}
}

func createAccount(t *testing.T, s user.Store) user.Account {
	t.Helper()
	a := newAccount()
	if err := s.CreateAccount(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	return a
}

// nextVersion is what the rules make of an account before they save it.
func nextVersion(a user.Account) user.Account {
	a.Version++
	a.UpdateTime = a.UpdateTime.Add(time.Second)
	copy(a.Earlier[1:], a.Earlier[:])
	a.Earlier[0], a.Mutation = a.Mutation, ulid.Make()
	return a
}

func newSession(owner ulid.ULID) user.StoredSession {
	id := ulid.Make()
	s := user.StoredSession{Session: user.Session{
		ID: id, Owner: owner, UserAgent: "Firefox on 🦊", Address: "2001:db8::1",
		CreateTime: ulid.Time(id.Time()).UTC(), UseTime: someTime(), Expires: someTime().Add(time.Hour),
	}}
	for _, b := range []*[32]byte{&s.Family, &s.Secret} {
		_, _ = rand.Read(b[:]) // it never fails
	}
	return s
}

func startSession(t *testing.T, s user.Store, a user.Account) user.StoredSession {
	t.Helper()
	session := newSession(a.ID)
	if err := s.StartSession(t.Context(), user.SessionStart{Session: session, PasswordHash: a.PasswordHash}); err != nil {
		t.Fatal(err)
	}
	return session
}

// nextGeneration is what a refresh makes of a session.
func nextGeneration(s user.StoredSession) user.StoredSession {
	s.Generation++
	s.Previous = s.Secret
	_, _ = rand.Read(s.Secret[:]) // it never fails
	_, _ = rand.Read(s.Salt[:])
	s.UseTime, s.Expires, s.Address = s.UseTime.Add(time.Minute), s.Expires.Add(time.Minute), "192.0.2.7"
	return s
}

// entriesAbout returns the log's entries about a session or an account, those
// that have expired included.
func entriesAbout(t *testing.T, s user.Store, subject ulid.ULID) (found []user.TrustEntry) {
	t.Helper()
	for after := uint64(0); ; {
		page, err := s.TrustEntries(t.Context(), user.TrustQuery{After: after, UpTo: 1 << 60, Limit: 1000, LiveAt: time.Unix(0, 0)})
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			return found
		}
		after = page[len(page)-1].Sequence
		for _, e := range page {
			if e.Subject == subject || slices.Contains(e.More, subject) {
				found = append(found, e)
			}
		}
	}
}

func wantErr(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got %v, want %v", err, want)
	}
}

func noErr(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal[T comparable](t *testing.T, got, want T) {
	t.Helper()
	if got != want {
		t.Fatalf("got  %+v\nwant %+v", got, want)
	}
}
