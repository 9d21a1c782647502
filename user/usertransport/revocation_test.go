package usertransport_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"
	"google.golang.org/grpc"

	userv1 "todokit/api/user/v1"
	"todokit/pkg/errs"
	"todokit/pkg/middleware"
	"todokit/pkg/mutation"
	"todokit/pkg/rpc"
	"todokit/pkg/token"
	"todokit/user"
	"todokit/user/userauth"
	"todokit/user/usertest"
	"todokit/user/usertransport"
)

// replica is a whole user instance: it signs with its own key and follows the
// log by itself.
type replica struct {
	user.Service // over gRPC
	trustLog     *user.TrustLog
	verifier     *token.Verifier
	conn         *grpc.ClientConn
}

// newReplica starts one, with a clock that it shares with the others.
func newReplica(t *testing.T, store user.Store, clock *usertest.Clock) *replica {
	t.Helper()
	trust := token.NewTrust(clock.Now)
	trustLog := user.NewTrustLog(store, clock.Now, userauth.ApplyTo(trust))
	keyring := userauth.NewKeyring(store, trustLog, clock.Now)
	use, err := keyring.Publish(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	use()
	rules := user.NewService(user.Deps{
		Accounts: store, Sessions: store, PersonalTokens: store, Failures: store,
		Passwords: usertest.Passwords{}, Tokens: keyring, IsCommon: usertest.IsCommon, Now: clock.Now,
		NameKey:         func(name string) (string, error) { return name, nil },
		PreparePassword: func(password string) string { return password },
	})
	verifier := token.NewVerifier(trust, clock.Now, nil)
	trustServer := usertransport.NewTrustServer(trustLog, store, heartbeat)
	conn := serve(t, verifier, func(s *grpc.Server) {
		userv1.RegisterUserServiceServer(s, usertransport.NewServer(rules))
		userv1.RegisterTrustServiceServer(s, trustServer)
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		trustLog.Run(ctx, nil)
	}()
	t.Cleanup(func() {
		trustServer.Close()
		cancel()
		<-done
	})
	return &replica{Service: usertransport.NewClient(conn, middleware.Chain()), trustLog: trustLog, verifier: verifier, conn: conn}
}

// fleet is two replicas, and what a gateway knows that follows the second.
type fleet struct {
	first, second *replica
	clock         *usertest.Clock
	balancer      *balancer
	gateway       *token.Verifier
}

func newFleet(t *testing.T) *fleet {
	t.Helper()
	store, clock := usertest.NewStore(), usertest.NewClock()
	f := &fleet{first: newReplica(t, store, clock), second: newReplica(t, store, clock), clock: clock}
	f.balancer = newBalancer(&instance{conn: f.second.conn})
	_, trust := follow(t, f.balancer)
	f.gateway = token.NewVerifier(trust, clock.Now, nil)
	f.balancer.until(t, "both keys", func() bool { return len(trust.Keys()) == 2 })
	return f
}

func (f *fleet) everyone() map[string]*token.Verifier {
	return map[string]*token.Verifier{"first": f.first.verifier, "second": f.second.verifier, "gateway": f.gateway}
}

func (f *fleet) signIn(t *testing.T, name string) user.Grant {
	t.Helper()
	g, err := f.first.SignIn(t.Context(), user.SignIn{SessionID: f.clock.NewID(), Name: name, Password: "correct horse"})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func (f *fleet) register(t *testing.T, name string) {
	t.Helper()
	if _, err := f.first.Register(t.Context(), user.Register{Mutation: mutation.Mutation{ID: f.clock.NewID()}, Name: name, Password: "correct horse"}); err != nil {
		t.Fatal(err)
	}
}

// trusted checks that everybody takes the token.
func (f *fleet) trusted(t *testing.T, g user.Grant) {
	t.Helper()
	for who, v := range f.everyone() {
		for _, r := range []*replica{f.first, f.second} { // a replica may not know the other's key yet
			if err := r.trustLog.Refresh(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := v.Verify(t.Context(), g.AccessToken); err != nil {
			t.Fatalf("%s: %v", who, err)
		}
	}
}

// refused waits until nobody takes the token any more.
func (f *fleet) refused(t *testing.T, g user.Grant) {
	t.Helper()
	begin := time.Now()
	isRefused := func(v *token.Verifier) bool {
		_, err := v.Verify(t.Context(), g.AccessToken)
		return errors.Is(err, errs.ErrUnauthenticated)
	}
	for _, r := range []*replica{f.first, f.second} {
		for {
			known := r.trustLog.Snapshot(0)
			if isRefused(r.verifier) {
				break
			}
			<-known.Changed
		}
	}
	f.balancer.until(t, "the gateway refuses the token", func() bool { return isRefused(f.gateway) })
	t.Logf("everyone knew after %v", time.Since(begin))
}

func TestRevocation_ReachesEveryInstance(t *testing.T) {
	t.Parallel()
	as := func(ctx context.Context, g user.Grant) context.Context { return token.WithBearer(ctx, g.AccessToken) }
	for name, end := range map[string]func(*testing.T, *fleet, user.Grant) error{
		"a stolen refresh token": func(t *testing.T, f *fleet, g user.Grant) error {
			refresh := func() error {
				_, err := f.second.Refresh(t.Context(), user.Refresh{Token: g.RefreshToken})
				return err
			}
			for range 2 { // the second use is within the grace
				if err := refresh(); err != nil {
					return err
				}
			}
			f.trusted(t, g)
			f.clock.Add(user.RefreshGrace + time.Second)
			if err := refresh(); !errors.Is(err, user.ErrBadRefreshToken) {
				return errors.New("a spent token was taken")
			}
			return nil
		},
		"signing out": func(t *testing.T, f *fleet, g user.Grant) error {
			_, err := f.second.EndSessions(as(t.Context(), g), user.EndSessions{Mutation: mutation.Mutation{ID: f.clock.NewID()}, All: true})
			return err
		},
		"another password": func(t *testing.T, f *fleet, _ user.Grant) error {
			other := f.signIn(t, "mei")
			_, err := f.second.ChangePassword(as(t.Context(), other), user.ChangePassword{
				Mutation: mutation.Mutation{ID: f.clock.NewID()}, Current: "correct horse", New: "battery staple",
			})
			f.trusted(t, other)
			return err
		},
		"the end of the account": func(t *testing.T, f *fleet, g user.Grant) error {
			_, err := f.second.DeleteUser(as(t.Context(), g), user.DeleteUser{Mutation: mutation.Mutation{ID: f.clock.NewID()}, Password: "correct horse"})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t)
			f.register(t, "mei")
			f.register(t, "eve")
			mei, eve := f.signIn(t, "mei"), f.signIn(t, "eve")
			f.trusted(t, mei)
			if err := end(t, f, mei); err != nil {
				t.Fatal(err)
			}
			f.refused(t, mei)
			f.trusted(t, eve)
		})
	}
}

func TestRevocation_RefreshTokenAsAccessToken_Refused(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	f.register(t, "mei")
	g := f.signIn(t, "mei")
	if _, err := f.first.GetUser(token.WithBearer(t.Context(), g.RefreshToken), user.Caller{}); !errors.Is(err, errs.ErrUnauthenticated) {
		t.Errorf("got %v, want ErrUnauthenticated", err)
	}
	if _, err := f.first.Refresh(t.Context(), user.Refresh{Token: g.AccessToken}); !errors.Is(err, user.ErrBadRefreshToken) && !errors.Is(err, errs.ErrInvalid) {
		t.Errorf("got %v, want ErrBadRefreshToken", err)
	}
}

// The answer to what ended one's own session was lost, and the repeat comes to
// an instance that knows of it.
func TestRevocation_RepeatWithRevokedToken(t *testing.T) {
	t.Parallel()
	type attempt = func(ctx context.Context, f *fleet, session ulid.ULID, m mutation.Mutation) error
	end := func(id func(session ulid.ULID) ulid.ULID, all bool) attempt {
		return func(ctx context.Context, f *fleet, session ulid.ULID, m mutation.Mutation) error {
			_, err := f.second.EndSessions(ctx, user.EndSessions{Mutation: m, ID: id(session), All: all})
			return err
		}
	}
	own := func(session ulid.ULID) ulid.ULID { return session }
	none := func(ulid.ULID) ulid.ULID { return ulid.ULID{} }
	remove := func(ctx context.Context, f *fleet, _ ulid.ULID, m mutation.Mutation) error {
		_, err := f.second.DeleteUser(ctx, user.DeleteUser{Mutation: m, Password: "correct horse"})
		return err
	}
	for name, c := range map[string]struct {
		first, repeat attempt
		want          error
	}{
		"the account, deleted":             {remove, remove, nil},
		"its own session":                  {end(own, false), end(own, false), nil},
		"all sessions":                     {end(none, true), end(none, true), nil},
		"all sessions, by another end":     {end(own, false), end(none, true), errs.ErrOutcomeUnknown},
		"the account, after a sign-out":    {end(own, false), remove, errs.ErrUnauthenticated},
		"another session, after a signout": {end(own, false), end(func(ulid.ULID) ulid.ULID { return ulid.Make() }, false), errs.ErrUnauthenticated},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t)
			f.register(t, "mei")
			f.signIn(t, "mei") // another device
			g := f.signIn(t, "mei")
			claims, err := f.first.verifier.Verify(t.Context(), g.AccessToken)
			if err != nil {
				t.Fatal(err)
			}
			ctx := token.WithBearer(t.Context(), g.AccessToken)
			m := mutation.Mutation{ID: f.clock.NewID()}
			if err := c.first(ctx, f, claims.SessionID, m); err != nil {
				t.Fatal(err)
			}
			f.refused(t, g)
			if err := c.repeat(ctx, f, claims.SessionID, m); !errors.Is(err, errs.ErrUnauthenticated) {
				t.Fatalf("not marked as a repeat: got %v, want ErrUnauthenticated", err)
			}
			if err := c.repeat(rpc.MarkRepeat(ctx), f, claims.SessionID, m); !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
		})
	}
}
