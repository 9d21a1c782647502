// Package gateway is todokit's REST interface: it turns HTTP requests into
// calls of the user and the task service, and their answers into JSON. It
// checks the access token, mints the ids of what is created and of each
// mutation, and turns away what is too much. It holds no rules and nothing that
// could be lost: those are behind the ports, so that it is tested without a
// network.
//
// The contract is api/openapi.yaml; the routes are on one screen in routes.go.
package gateway

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"todokit/pkg/rest"
	"todokit/pkg/token"
	"todokit/task"
	"todokit/user"
)

// Verifier checks access tokens; *token.Verifier is one.
type Verifier interface {
	// Verify returns errs.ErrUnauthenticated for a token that is not valid, and
	// errs.ErrUnavailable while it has nothing to check it with.
	Verify(ctx context.Context, raw string) (token.Claims, error)
}

// Options are what a gateway is made of. All but Limits are needed.
type Options struct {
	Users      user.Service
	Tasks      task.Service
	Verifier   Verifier
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
	Gates   Gates
	User    Rate
	Address Rate
	Timeout time.Duration // of a request, from when it has arrived
	// StaleBytes bounds the last known answers that are kept for as long as nothing
	// has changed, and for when a service is out of reach. 0: none are.
	StaleBytes int64
}

type gateway struct {
	Options
	ids       *mint
	edge      *rest.Edge
	work      *rest.RequestLimiter
	rates     rates
	recall    *recall
	exchanges *exchanges
}

// challenge is how a caller without a valid token is told what is needed.
const challenge = `Bearer realm="todokit"`

// New returns the handler of every route. It registers its metrics.
func New(o Options) http.Handler {
	ids := newMint(o.Now, o.Entropy)
	g := &gateway{
		Options:   o,
		ids:       ids,
		work:      &rest.RequestLimiter{Timeout: o.Limits.Timeout},
		rates:     newRates(o.Limits, o.Now, o.Registerer),
		recall:    newRecall(o.Limits.StaleBytes, o.Now, o.Registerer),
		exchanges: newExchanges(o.Users, o.Verifier, o.Now),
		edge: rest.New(rest.Options{
			Logger:       o.Logger,
			Registerer:   o.Registerer,
			Now:          o.Now,
			NewID:        func() string { return ids.next().String() },
			Challenge:    challenge,
			Docs:         docsPath,
			Translations: []rest.Translation{chinese},
		}),
	}
	return g.router()
}
