package gateway

import (
	"net/http"

	"todokit/pkg/errs"
	"todokit/pkg/loadshed"
	"todokit/pkg/optional"
	"todokit/pkg/rest"
	"todokit/pkg/token"
	"todokit/task"
)

// Gates bound how many requests are in work, for each part apart, so that what
// waits for one service takes no place from the others. nil: no bound.
type Gates struct {
	Users   *loadshed.Limiter
	Tasks   *loadshed.Limiter
	Hashing *loadshed.Limiter // of the user service too, where a password is hashed
}

// way is what lies before the handlers of some routes.
type way struct {
	*gateway
	gate          *loadshed.Limiter
	reads, writes token.Scopes // what a token must allow
	peek          peeking      // what is behind; nil: it cannot be
}

// peeking asks whether what a caller sees is as it was at the known revision.
type peeking func(c *call, known optional.Value[task.Revision]) (task.Peeked, error)

// through makes the way that leads through a gate.
func (g *gateway) through(gate *loadshed.Limiter) way { return way{gateway: g, gate: gate} }

// needing makes the way that needs one scope to read and one to write.
func (y way) needing(reads, writes token.Scopes) way {
	y.reads, y.writes = reads, writes
	return y
}

// always makes a route that answers whatever else the process has to do.
func (g *gateway) always(h handler) rest.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		return call{}.proceed(w, r.WithContext(outgoing(r)), h, nil)
	}
}

// open makes a route that needs no token, and looks at none. It takes no query
// parameters.
func (y way) open(h handler) rest.Handler {
	return y.limited(func(w http.ResponseWriter, r *http.Request) error {
		return call{}.proceed(w, r.WithContext(outgoing(r)), h, nil)
	})
}

// write makes a route that needs an access token and may change something:
// what its user has read before is not to be shown again.
func (y way) write(h handler, parameters ...string) rest.Handler {
	return y.limited(y.signedIn(y.writes, func(w http.ResponseWriter, c *call) error {
		changed := func() { y.recall.changed(c.caller.UserID, "") }
		changed()
		defer changed() // whatever became of it
		return h(rest.BeforeHeader(w, changed), c)
	}, parameters...))
}

// view is what a read shows, and its version, 0 for what has none.
type view struct {
	version int64
	value   any
}

// peeking makes the way to what can be peeked at.
func (y way) peeking(p peeking) way {
	y.peek = p
	return y
}

type reading func(*call) (view, error)

// read makes a route that needs an access token and shows something: what that
// user has last been shown there, if nothing has changed since or the service is
// out of reach.
func (y way) read(h reading, parameters ...string) rest.Handler {
	return y.recalling(h, (*call).key, parameters)
}

// readBySession is read, for what is not the same in all sessions of a user.
func (y way) readBySession(h reading, parameters ...string) rest.Handler {
	return y.recalling(h, (*call).sessionKey, parameters)
}

func (y way) recalling(h reading, key func(*call) string, parameters []string) rest.Handler {
	return y.limited(y.signedIn(y.reads, func(w http.ResponseWriter, c *call) error {
		lookup := y.recall.begin(c.caller.UserID, key(c))
		answer, same, err := y.unchanged(c, lookup)
		switch {
		case err != nil:
			return lookup.instead(w, c, err)
		case same:
			return answer.Write(w, c.Request)
		}
		shown, err := h(c)
		if err != nil {
			return lookup.instead(w, c, err)
		}
		if answer, err = rest.Represent(shown.version, shown.value); err != nil {
			return err
		}
		lookup.keep(answer)
		return answer.Write(w, c.Request)
	}, parameters...))
}

// unchanged returns what is kept for a read, if it is still so.
func (y way) unchanged(c *call, l *lookup) (p rest.Representation, ok bool, err error) {
	if y.peek == nil || l == nil {
		return p, false, nil
	}
	found, err := y.peek(c, l.before.revision)
	if err != nil {
		return p, false, err
	}
	c.peeked = &found
	p, ok = l.confirm(found.Revision)
	return p, ok, nil
}

// limited puts before a handler what turns requests away, the cheapest first.
func (y way) limited(h rest.Handler) rest.Handler {
	h = y.work.Limit(y.gate)(h)
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := y.rates.address(w.Header(), r); err != nil {
			return err
		}
		return h(w, r)
	}
}

// key names a request among those of its user. All our answers are JSON, so
// that the address is all there is to tell them apart.
func (c *call) key() string { return c.URL.Path + "?" + c.URL.RawQuery }

func (c *call) sessionKey() string { return c.key() + "#" + c.caller.SessionID.String() }

// outOfReach says whether an error means that a service, or what it depends
// on, cannot be reached. A service that has more to do than it can is none of
// that: it is there, and its clients are to hold back.
func outOfReach(err error) bool {
	switch e := errs.From(err); e.Kind {
	case errs.Unavailable:
		return e.Code != errs.ErrOverloaded.Code && e.Code != errs.ErrOutcomeUnknown.Code
	case errs.DeadlineExceeded:
		return true
	default:
		return false
	}
}

// denies says whether an error is an answer that makes an earlier one void.
func denies(err error) bool {
	switch errs.KindOf(err) {
	case errs.NotFound, errs.PermissionDenied, errs.Unauthenticated:
		return true
	default:
		return false
	}
}
