package gateway

import (
	"net/http"
	"strings"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/rest"
	"todokit/user"
)

func (g *gateway) signIn(w http.ResponseWriter, r *request) error {
	noStore(w)
	in := user.SignIn{SessionID: g.ids.next(), Origin: origin(r.Request)}
	if err := readCredentials(w, r, &in); err != nil {
		return err
	}
	grant, err := g.Users.SignIn(r.Context(), in)
	if err != nil {
		return err
	}
	return g.granted(w, grant)
}

func (g *gateway) refresh(w http.ResponseWriter, r *request) error {
	noStore(w)
	in := user.Refresh{Origin: origin(r.Request)}
	if err := readRefresh(w, r, &in); err != nil {
		return err
	}
	grant, err := g.Users.Refresh(r.Context(), in)
	if err != nil {
		return err
	}
	return g.granted(w, grant)
}

// granted answers with new tokens. The copies of the user's list of sessions
// lack this one, or say that it was used earlier.
func (g *gateway) granted(w http.ResponseWriter, grant user.Grant) error {
	g.cache.Invalidate(grant.User.ID, base+"/sessions")
	return rest.WriteJSON(w, http.StatusCreated, newGrantJSON(grant, g.Now()))
}

func (g *gateway) listSessions(r *request) (reader, error) {
	return func(readOptions) (response, error) {
		sessions, err := g.Users.ListSessions(r.Context(), r.caller.Caller)
		return response{value: newSessionsJSON(sessions, r.caller.SessionID)}, err
	}, nil
}

func (g *gateway) signOut(w http.ResponseWriter, r *request) error {
	return g.endSessions(w, r, r.caller.SessionID, false)
}

func (g *gateway) endSession(w http.ResponseWriter, r *request) error {
	id, err := r.id(user.ErrSessionNotFound)
	if err != nil {
		return err
	}
	return g.endSessions(w, r, id, false)
}

func (g *gateway) endAllSessions(w http.ResponseWriter, r *request) error {
	return g.endSessions(w, r, ulid.ULID{}, true)
}

func (g *gateway) endSessions(w http.ResponseWriter, r *request, id ulid.ULID, all bool) error {
	_, err := g.Users.EndSessions(r.Context(), user.EndSessions{
		Caller: r.caller.Caller, Mutation: g.userMutation(), ID: id, All: all,
	})
	if err != nil {
		return err
	}
	return noContent(w)
}

// noStore keeps everyone from keeping a response that holds tokens (RFC 6749, 5.1).
func noStore(w http.ResponseWriter) { w.Header().Set("Cache-Control", "no-store") }

// origin tells where a request comes from. The user agent is what the client
// chooses to say, so it is made a text that gRPC can carry.
func origin(r *http.Request) user.Origin {
	return user.Origin{Address: rest.ClientOf(r).Address(), UserAgent: strings.ToValidUTF8(r.UserAgent(), "\uFFFD")}
}
