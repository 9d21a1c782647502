package usertest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
	"todokit/pkg/mutation"
	"todokit/user"
)

// Subject is a service under test.
type Subject struct {
	Service user.Service
	// As returns the context of a call by the one who was given the grant. nil:
	// the Caller in a request is enough.
	As func(context.Context, user.Grant) context.Context
}

// TestService checks that a Service does what the port says. start makes one
// of user.NewService(deps), or with some of the deps replaced, for each test.
func TestService(t *testing.T, start func(t *testing.T, deps user.Deps) Subject) {
	for name, test := range map[string]func(*fixture){
		"Register/returns account":                        register,
		"Register/invalid":                                registerInvalid,
		"Register/name taken in any case":                 registerTaken,
		"Register/repeat":                                 registerRepeat,
		"Register/repeat, throttled":                      registerRepeatThrottled,
		"Register/too many from one address":              registerTooManyFromAddress,
		"Register/too many in all":                        registerTooMany,
		"UpdateUser/changes set fields":                   updateUser,
		"UpdateUser/stale version":                        updateUserStale,
		"UpdateUser/repeat":                               updateUserRepeat,
		"UpdateUser/repeat beneath another change":        updateUserOutcomeUnknown,
		"UpdateUser/invalid":                              updateUserInvalid,
		"ChangePassword/ends other sessions":              changePassword,
		"ChangePassword/invalid":                          changePasswordInvalid,
		"ChangePassword/repeat":                           changePasswordRepeat,
		"DeleteUser/account gone":                         deleteUser,
		"DeleteUser/wrong password and repeat":            deleteUserRepeat,
		"SignIn/refused without a reason":                 signInRefused,
		"SignIn/repeat":                                   signInRepeat,
		"SignIn/keeps origin":                             signInOrigin,
		"SignIn/too many sessions":                        signInSessionLimit,
		"Refresh/spends token":                            refreshSpends,
		"Refresh/repeat within grace":                     refreshRepeat,
		"Refresh/reused token ends session":               refreshReused,
		"Refresh/old token ends session":                  refreshOld,
		"Refresh/guessed token ends session":              refreshGuessed,
		"Refresh/forged token changes nothing":            refreshForged,
		"Refresh/expired session":                         refreshExpired,
		"EndSessions/one or all":                          endSessionsOneOrAll,
		"EndSessions/of another account":                  endSessionsForeign,
		"CreatePersonalToken/secret shown once":           createToken,
		"CreatePersonalToken/invalid":                     createTokenInvalid,
		"CreatePersonalToken/repeat":                      createTokenRepeat,
		"CreatePersonalToken/scope not held":              createTokenScopeNotHeld,
		"CreatePersonalToken/never outlives its parent":   createTokenExpiry,
		"CreatePersonalToken/parent has ended":            createTokenParentEnded,
		"CreatePersonalToken/limit":                       createTokenLimit,
		"ExchangePersonalToken/returns access token":      exchangeToken,
		"ExchangePersonalToken/expired":                   exchangeTokenExpired,
		"EndPersonalToken/one":                            endTokenOne,
		"ChangePassword/ends other tokens":                changePasswordEndsTokens,
		"SignIn/throttled by account":                     signInThrottledByAccount,
		"SignIn/failures forgotten":                       signInFailuresForgotten,
		"SignIn/known address not throttled by strangers": signInKnownAddress,
		"SignIn/throttled by address":                     signInThrottledByAddress,
		"ChangePassword/throttled":                        changePasswordThrottled,
		"SignIn/concurrent guesses":                       signInConcurrentGuesses,
		"Register/concurrent, one wins":                   registerConcurrent,
		"Refresh/concurrent, same next token":             refreshConcurrent,
		"UpdateUser/concurrent, unconditional":            updateUserConcurrent,
		"UpdateUser/concurrent, conditional":              updateUserConcurrentConditional,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock, store := NewClock(), NewStore()
			f := &fixture{T: t, clock: clock, network: newNetwork()}
			f.start = func(change func(*user.Deps)) {
				deps := user.Deps{
					Accounts: store, Sessions: store, PersonalTokens: store, Failures: store,
					Passwords: Passwords{}, Tokens: Tokens{Now: clock.Now}, IsCommon: IsCommon,
					NameKey:         func(name string) (string, error) { return strings.ToLower(name), nil },
					PreparePassword: strings.TrimSpace,
					Now:             clock.Now,
				}
				change(&deps)
				f.Subject = start(t, deps)
			}
			f.start(func(*user.Deps) {})
			test(f)
		})
	}
}

// Passwords is a user.Passwords without the cost.
type Passwords struct{}

func (Passwords) Hash(_ context.Context, in user.NewPassword) (string, error) {
	sum := sha256.Sum256([]byte(in.Password))
	return hex.EncodeToString(sum[:]), nil
}

func (p Passwords) Verify(ctx context.Context, c user.PasswordCheck) (bool, error) {
	hash, err := p.Hash(ctx, user.NewPassword{Password: c.Password})
	return hash == c.Hash, err
}

// Tokens is a user.Tokens whose tokens nobody can check.
type Tokens struct{ Now func() time.Time }

func (k Tokens) Issue(_ context.Context, in user.Issue) (user.AccessToken, error) {
	expires := k.Now().Add(user.AccessTokenLife).Truncate(time.Second)
	if !in.Until.IsZero() && in.Until.Before(expires) {
		expires = in.Until.Truncate(time.Second)
	}
	return user.AccessToken{Raw: rand.Text(), Expires: expires}, nil
}

// IsCommon knows one common password.
func IsCommon(password string) bool { return strings.EqualFold(password, "password1") }

// fixture is a service for one test, and its clock and addresses.
type fixture struct {
	*testing.T
	Subject
	clock   *Clock
	network string                 // of the test's own addresses
	start   func(func(*user.Deps)) // makes another service over the same stores
}

// newNetwork returns the first 48 bits of addresses that no other test uses.
func newNetwork() string {
	id := ulid.Make()
	return fmt.Sprintf("fd00:%x:%x:", id[12:14], id[14:16])
}

// address returns the first 64 bits of one subscriber's addresses.
func (b *fixture) address(i int) string { return fmt.Sprintf("%s%x::", b.network, i) }

func (b *fixture) origin(i int) user.Origin { return user.Origin{Address: b.address(i) + "1"} }

// person is an account and its password.
type person struct {
	user.User
	password string
}

// device is a signed-in one.
type device struct {
	user.Caller
	grant user.Grant
	ctx   context.Context //nolint:containedctx // a test's calls are made in it
}

func (b *fixture) registration() user.Register {
	return user.Register{Mutation: mutation.Mutation{ID: b.clock.NewID()}, Name: "N." + rand.Text(), Password: "correct horse", NickName: "Zoë 🦊"}
}

func (b *fixture) register() person {
	b.Helper()
	in := b.registration()
	u, err := b.Service.Register(b.Context(), in)
	noErr(b.T, err)
	return person{u, in.Password}
}

func (b *fixture) credentials(p person) user.SignIn {
	return user.SignIn{
		SessionID: b.clock.NewID(), Name: p.Name, Password: p.password,
		Origin: user.Origin{Address: b.address(home) + "1", UserAgent: "Firefox"},
	}
}

func (b *fixture) signIn(p person) device {
	b.Helper()
	in := b.credentials(p)
	grant, err := b.Service.SignIn(b.Context(), in)
	noErr(b.T, err)
	return b.device(grant, in.SessionID)
}

func (b *fixture) device(g user.Grant, session ulid.ULID) device {
	ctx := b.Context()
	if b.As != nil {
		ctx = b.As(ctx, g)
	}
	return device{user.Caller{UserID: g.User.ID, SessionID: session}, g, ctx}
}

func (b *fixture) mutation() mutation.Mutation { return mutation.Mutation{ID: b.clock.NewID()} }

func (b *fixture) refresh(token string) (user.Grant, error) {
	return b.Service.Refresh(b.Context(), user.Refresh{Token: token, Origin: b.origin(elsewhere)})
}

// works refreshes a device's token, and returns the device with the next.
func (b *fixture) works(d device) device {
	b.Helper()
	g, err := b.refresh(d.grant.RefreshToken)
	noErr(b.T, err)
	return b.device(g, d.SessionID)
}

// ended checks that a device's session is no more.
func (b *fixture) ended(d device) {
	b.Helper()
	_, err := b.refresh(d.grant.RefreshToken)
	wantErr(b.T, err, user.ErrBadRefreshToken)
}

// wantField checks that err is ErrInvalid about one field only.
func (b *fixture) wantField(err error, name string) {
	b.Helper()
	wantErr(b.T, err, errs.ErrInvalid)
	fields := errs.From(err).Fields
	if len(fields) != 1 || fields[0].Name != name || fields[0].Code == "" || fields[0].Message == "" {
		b.Fatalf("got %+v, want one about %s", fields, name)
	}
}
