// Package gateway is todokit's REST interface: it turns HTTP requests into
// calls of the user and the task service, and their replies into JSON. It
// checks the access token, makes the ids of what is created and of each
// mutation, and refuses what is too much. It holds no rules and nothing that
// could be lost: those are behind the ports, so that it is tested without a
// network.
//
// The contract is api/openapi.yaml. The route table, with what a request passes
// before its handler, is in routes.go.
package gateway

import (
	"context"
	"io"
	"net/http"
	"net/netip"
	"time"

	"github.com/go-kit/log"
	"github.com/oklog/ulid/v2"
	"github.com/prometheus/client_golang/prometheus"

	"todokit/gateway/authentication"
	"todokit/gateway/ratelimit"
	"todokit/gateway/stalecache"
	"todokit/pkg/loadshed"
	"todokit/pkg/rest"
	"todokit/pkg/token"
	"todokit/task"
	"todokit/user"
)

// Options are what a gateway is made of. All but Limits are needed.
type Options struct {
	Users      user.Service
	Tasks      task.Service
	Verifier   authentication.Verifier
	Keys       func() []token.PublicKey   // those that access tokens are checked with
	Ready      func(context.Context) bool // whether requests can be served
	Logger     log.Logger
	Registerer prometheus.Registerer
	Now        func() time.Time
	Entropy    io.Reader // of ids: crypto/rand.Reader
	Limits     Limits
}

// Limits keep a gateway from taking more than it can carry. The zero value is
// no limits.
type Limits struct {
	Limiters Limiters
	User     ratelimit.Rate
	Address  ratelimit.Rate
	Timeout  time.Duration // of a request, from when it has arrived
	// StaleBytes bounds the copies of responses that are kept, to be sent again
	// while nothing has changed, and while a service is out of reach. 0: none are.
	StaleBytes int64
}

// Limiters bound how many requests are in work, for each part apart, so that
// what waits for one service takes no place from the others. nil: no bound.
type Limiters struct {
	Users   *loadshed.Limiter
	Tasks   *loadshed.Limiter
	Scans   *loadshed.Limiter // of the task service too, for pages that may take a look at all that the user has
	Hashing *loadshed.Limiter // of the user service too, where a password is hashed
	// Registering is of those that register, which hash too: a flood of them must
	// not keep others from signing in.
	Registering *loadshed.Limiter
}

type gateway struct {
	Options
	ids           *idGenerator
	edge          *rest.Edge
	requests      *rest.RequestLimiter
	authenticator *authentication.Authenticator
	addressRate   *ratelimit.Limiter[netip.Prefix]
	userRate      *ratelimit.Limiter[ulid.ULID]
	cache         *stalecache.Cache
}

// New returns the handler of every route. It registers its metrics.
func New(o Options) http.Handler {
	ids := newIDGenerator(o.Now, o.Entropy)
	g := &gateway{
		Options: o,
		ids:     ids,
		requests: rest.NewRequestLimiter(rest.RequestLimiterOptions{
			Timeout:    o.Limits.Timeout,
			User:       func(r *http.Request) loadshed.Key { return loadshed.Key(authentication.CallerOf(r.Context()).UserID) },
			Registerer: o.Registerer,
		}),
		authenticator: authentication.New(authentication.Options{
			Verifier: o.Verifier, Exchange: o.Users.ExchangePersonalToken,
			ExchangeLimiter: o.Limits.Limiters.Users, ExchangeTimeout: o.Limits.Timeout, Now: o.Now,
		}),
		addressRate: ratelimit.New(ratelimit.Options[netip.Prefix]{
			Name: "address", Rate: o.Limits.Address, Key: ratelimit.Network, Now: o.Now, Registerer: o.Registerer,
		}),
		userRate: ratelimit.New(ratelimit.Options[ulid.ULID]{
			Name: "user", Rate: o.Limits.User, Key: callerID, Now: o.Now, Registerer: o.Registerer,
		}),
		cache: stalecache.New(o.Limits.StaleBytes, o.Now, o.Registerer),
		edge: rest.New(rest.Options{
			Logger:       o.Logger,
			Registerer:   o.Registerer,
			Now:          o.Now,
			NewID:        func() string { return ids.next().String() },
			Challenge:    authentication.Challenge,
			Docs:         docsPath,
			Translations: []rest.Translation{chinese},
		}),
	}
	return g.router()
}

// callerID is the key by which users are limited.
func callerID(r *http.Request) (ulid.ULID, bool) {
	return authentication.CallerOf(r.Context()).UserID, true
}
