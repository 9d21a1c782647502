package gateway

import (
	"errors"
	"net/http"

	"todokit/gateway/stalecache"
	"todokit/pkg/errs"
	"todokit/pkg/rest"
	"todokit/task"
)

// readHandler checks what a request asks for, and returns what reads it. It calls
// nobody: what is wrong with a request is said at once, also in an outage.
type readHandler func(r *request) (reader, error)

// reader reads what a response shows.
type reader func(readOptions) (response, error)

// readOptions are what the gateway knows of a read before it calls a service.
type readOptions struct {
	// known is the revision of the copy that the gateway has, 0 for none: a
	// service that is asked with it may say that the copy is not modified.
	known task.Revision
	// maxBytes bounds the texts on a page. 0: as many as there may be.
	maxBytes int
}

// shortPage is how many bytes of texts a page has while many pages are in work:
// enough for all that people write themselves.
const shortPage = 64 << 10

// response is what a readHandler found.
type response struct {
	notModified bool          // the copy shows it
	revision    task.Revision // read together with the value; 0: it has none
	version     int64         // for the ETag; 0: it has none
	value       any           // to be shown as JSON
}

// conditional makes a response of the reply to a conditional read. show returns
// the version of a value and how it is shown.
func conditional[T any](read task.Read[T], show func(T) (version int64, value any)) response {
	if read.NotModified {
		return response{notModified: true}
	}
	version, value := show(read.Value)
	return response{revision: read.Revision, version: version, value: value}
}

// revalidate makes a rest.Handler of a readHandler. A copy of the response is
// kept, and sent again if the service says that it is not modified, or, marked
// as stale, while the service is out of reach.
func (g *gateway) revalidate(h readHandler) rest.Handler {
	return g.revalidateBy(address, wholeResponse, h, nil)
}

// revalidatePage is revalidate for pages, which may be so large that memory is
// reserved for them first, and which get shorter when there is little.
func (g *gateway) revalidatePage(h readHandler, parameters ...string) rest.Handler {
	reserve := func(w http.ResponseWriter) (int64, error) { return rest.ReservePage(w, task.MaxPageContent, shortPage) }
	return g.revalidateBy(address, reserve, h, parameters)
}

// wholeResponse reserves no memory.
func wholeResponse(http.ResponseWriter) (int64, error) { return 0, nil }

// revalidatePerSession is revalidate for what is not the same in all sessions
// of a user.
func (g *gateway) revalidatePerSession(h readHandler, parameters ...string) rest.Handler {
	return g.revalidateBy(addressAndSession, wholeResponse, h, parameters)
}

func (g *gateway) revalidateBy(
	key func(*request) string, reserve func(http.ResponseWriter) (int64, error), h readHandler, parameters []string,
) rest.Handler {
	return handle(func(w http.ResponseWriter, r *request) error {
		find, err := h(r)
		if err != nil {
			return err
		}
		maxBytes, err := reserve(w)
		if err != nil {
			return err
		}
		read := g.cache.Begin(r.caller.UserID, key(r))
		found, err := find(readOptions{known: task.Revision(read.Known()), maxBytes: int(maxBytes)})
		if err != nil {
			return answerFromCopy(w, r, read, err)
		}
		shown, err := found.represent(read)
		if err != nil {
			return err
		}
		return shown.Write(w, r.Request)
	}, parameters...)
}

// represent returns the copy, or makes a new one.
func (r response) represent(read *stalecache.Read) (rest.Representation, error) {
	if r.notModified {
		if p, ok := read.NotModified(); ok {
			return p, nil
		}
		return rest.Representation{}, errs.ErrInternal.Wrap(errors.New("not modified since a revision that nobody knows"))
	}
	p, err := rest.Represent(r.version, r.value)
	if err == nil {
		read.Store(int64(r.revision), p)
	}
	return p, err
}

// answerFromCopy answers in the place of a read that failed with err, if that is
// for want of the service and there is a copy. Else it returns err.
func answerFromCopy(w http.ResponseWriter, r *request, read *stalecache.Read, err error) error {
	if deniesCopy(err) {
		read.Discard()
	}
	if !errs.IsOutage(err) {
		return err
	}
	last, age, ok := read.LastKnown()
	if !ok {
		return err
	}
	rest.MarkStale(w.Header(), age)
	return last.Write(w, r.Request)
}

// deniesCopy says whether an error means that what a copy shows must not be
// shown any more.
func deniesCopy(err error) bool {
	switch errs.KindOf(err) {
	case errs.NotFound, errs.PermissionDenied, errs.Unauthenticated:
		return true
	default:
		return false
	}
}

// address is the key of a read among those of its user. All our responses are
// JSON, so that the address is all there is to tell them apart.
func address(r *request) string { return r.URL.Path + "?" + r.URL.RawQuery }

func addressAndSession(r *request) string { return address(r) + "#" + r.caller.SessionID.String() }
