package authentication_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"todokit/gateway/authentication"
	"todokit/pkg/errs"
	"todokit/pkg/loadshed"
	"todokit/pkg/token"
	"todokit/user"
)

// want authenticates with the personal access token, and demands an error, nil
// for none, after so many exchanges.
func (f *fixture) want(err error, exchanged int) {
	f.t.Helper()
	c, bearer, _, got := f.authenticate(f.Authenticate, "Bearer "+f.secret)
	if !errors.Is(got, err) || f.exchanged != exchanged {
		f.t.Fatalf("%v after %d exchanges, want %v after %d", got, f.exchanged, err, exchanged)
	}
	if got == nil && (c.Caller != f.caller || c.Scopes != token.TasksRead || strings.Contains(bearer, f.secret)) {
		f.t.Fatalf("%+v, the services see %q", c, bearer)
	}
}

func TestExchange_OnceInLifeOfAccessToken(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for range 3 {
		f.want(nil, 1)
	}
	f.now = f.now.Add(user.AccessTokenLife - 2*time.Minute)
	f.want(nil, 1)
	f.now = f.now.Add(time.Minute) // it would end before long
	f.want(nil, 2)
	f.now = f.now.Add(time.Hour)
	f.want(nil, 3)
}

func TestExchange_Revoked_UnauthenticatedAtOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.want(nil, 1)
	// The trust log tells, and nobody has to be asked.
	f.trust.Apply(2, token.Change{Sequence: 2, Session: f.caller.SessionID, Expires: f.now.Add(time.Hour)})
	f.err = errs.ErrUnavailable
	f.want(errs.ErrUnauthenticated, 1)
	f.err = nil
	f.want(errs.ErrUnauthenticated, 1)
}

func TestExchange_Expired_Unauthenticated(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.until = f.now.Add(10 * time.Minute)
	f.want(nil, 1)
	f.now = f.until.Add(-time.Second)
	f.want(nil, 2)
	f.now = f.until.Add(time.Minute)
	f.want(errs.ErrUnauthenticated, 3)
}

func TestExchange_Outage_KeptTokenServesUntilItExpires(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.want(nil, 1)
	f.err = errs.ErrUnavailable
	f.now = f.now.Add(user.AccessTokenLife - 30*time.Second)
	f.want(nil, 1)
	f.err = errs.ErrOverloaded // it is there, and is not to be asked so often
	f.want(errs.ErrOverloaded, 1)
	f.err = errs.ErrUnavailable
	f.want(nil, 1)
	f.now = f.now.Add(time.Minute)
	f.want(errs.ErrUnavailable, 1)
	f.err = nil
	f.want(nil, 2)
}

func TestExchange_MadeUpToken_AsksNobody(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	good := f.secret
	for _, secret := range []string{
		"tdk_", "tdk_x", good[:len(good)-1], good + "0", strings.ToUpper(good), strings.Replace(good, "77", "78", 1),
		"tdk_" + strings.Repeat("é", 49), "tdk_" + strings.Repeat("0", 49), "tdk_" + strings.Repeat("!", 49),
	} {
		if _, _, _, err := f.authenticate(f.Authenticate, "Bearer "+secret); !errors.Is(err, errs.ErrUnauthenticated) {
			t.Errorf("%q: %v", secret, err)
		}
	}
	if f.exchanged != 0 {
		t.Errorf("%d reached the user service", f.exchanged)
	}
	f.want(nil, 1)
}

func TestExchange_LimiterFull_Overloaded(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	limiter := loadshed.New(loadshed.Options{Name: "users", Concurrent: 1, Registerer: prometheus.NewRegistry()})
	f.start(authentication.Options{ExchangeLimiter: limiter})
	if err := limiter.Enter(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.want(errs.ErrOverloaded, 0)
	limiter.Leave()
	f.want(nil, 1)
	if err := limiter.Saturated(); err != nil {
		t.Errorf("the place was not given back: %v", err)
	}
}

// The user service is there, but this gateway does not ask it: that is no word of
// the service, so that the kept token serves as in an outage.
func TestExchange_LimiterFull_KeptTokenServesUntilItExpires(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	limiter := loadshed.New(loadshed.Options{Name: "users", Concurrent: 1, Registerer: prometheus.NewRegistry()})
	f.start(authentication.Options{ExchangeLimiter: limiter})
	f.want(nil, 1)
	if err := limiter.Enter(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.now = f.now.Add(user.AccessTokenLife - 30*time.Second)
	f.want(nil, 1)
	f.now = f.now.Add(time.Minute)
	f.want(errs.ErrOverloaded, 1)
	limiter.Leave()
	f.want(nil, 2)
}

// An address has its share of the exchanges, so that made-up tokens from there
// keep nobody else's from being exchanged.
func TestExchange_OneAddressWithItsShare_TooManyAtOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	limiter := loadshed.New(loadshed.Options{Name: "users", Concurrent: 8, Share: 1, Registerer: prometheus.NewRegistry()})
	f.start(authentication.Options{ExchangeLimiter: limiter})
	flood := loadshed.AddressKey(netip.MustParseAddr("192.0.2.1")) // of httptest's requests
	if err := limiter.EnterFor(t.Context(), flood); err != nil {
		t.Fatal(err)
	}
	f.want(errs.ErrTooManyAtOnce, 0)
	limiter.LeaveFor(flood)
	f.want(nil, 1)
}

func TestExchange_SameTokenAtTheSameTime_OneCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t)
		f.now = time.Now()
		release := make(chan struct{})
		a := authentication.New(authentication.Options{
			Verifier: token.NewVerifier(f.trust, f.clock, nil), Now: f.clock,
			Exchange: func(ctx context.Context, secret string) (user.AccessToken, error) {
				<-release
				return f.exchange(ctx, secret)
			},
		})
		results := make(chan error)
		ask := func(ctx context.Context) {
			r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil)
			r.Header.Set("Authorization", "Bearer "+f.secret)
			results <- a.Authenticate(func(http.ResponseWriter, *http.Request) error { return nil })(httptest.NewRecorder(), r)
		}
		first, leave := context.WithCancel(t.Context())
		go ask(first)
		synctest.Wait()
		const others = 20
		for range others {
			go ask(t.Context())
		}
		synctest.Wait()
		leave() // the call goes on for the others
		if err := <-results; !errors.Is(err, errs.ErrCancelled) {
			t.Errorf("the one who left: %v", err)
		}
		close(release)
		for range others {
			if err := <-results; err != nil {
				t.Error(err)
			}
		}
		if f.exchanged != 1 {
			t.Errorf("%d calls", f.exchanged)
		}
	})
}

func TestExchange_ServiceHangs_EndsAtTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t)
		f.now = time.Now()
		a := authentication.New(authentication.Options{
			Verifier: token.NewVerifier(f.trust, f.clock, nil), Now: f.clock, ExchangeTimeout: 2 * time.Second,
			Exchange: func(ctx context.Context, _ string) (user.AccessToken, error) {
				<-ctx.Done()
				return user.AccessToken{}, errs.From(ctx.Err())
			},
		})
		begin := time.Now()
		if _, _, _, err := f.authenticate(a.Authenticate, "Bearer "+f.secret); !errors.Is(err, errs.ErrDeadline) || time.Since(begin) != 2*time.Second {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
	})
}
