package gateway

import (
	"net/http"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/mutation"
	"todokit/pkg/rest"
	"todokit/user"
)

// sessionJSON is a signed-in device.
type sessionJSON struct {
	ID          string    `json:"id"`
	UserAgent   string    `json:"user_agent"`
	Address     string    `json:"address"`
	CreateTime  time.Time `json:"create_time"`
	LastUseTime time.Time `json:"last_use_time"`
	ExpireTime  time.Time `json:"expire_time"`
	Current     bool      `json:"current"` // the one that asks
}

// grantJSON is what a device signs in with from now on, in the words of OAuth 2.
type grantJSON struct {
	AccessToken  string   `json:"access_token"`
	TokenType    string   `json:"token_type"`
	ExpiresIn    int64    `json:"expires_in"` // seconds
	RefreshToken string   `json:"refresh_token"`
	User         userJSON `json:"user"`
}

func (g *gateway) signIn(w http.ResponseWriter, c *call) error {
	secret(w)
	req := user.SignIn{SessionID: g.ids.next(), Origin: origin(c.Request)}
	_, err := rest.ReadJSON(w, c.Request, rest.Members{
		"user_name": rest.Into(&req.Name, rest.Text),
		"password":  rest.Into(&req.Password, rest.Text),
	})
	if err != nil {
		return err
	}
	grant, err := g.Users.SignIn(c.Context(), req)
	if err != nil {
		return err
	}
	return g.granted(w, grant)
}

func (g *gateway) refresh(w http.ResponseWriter, c *call) error {
	secret(w)
	req := user.Refresh{Origin: origin(c.Request)}
	_, err := rest.ReadJSON(w, c.Request, rest.Members{
		"refresh_token": rest.Into(&req.Token, rest.Text),
	})
	if err != nil {
		return err
	}
	grant, err := g.Users.Refresh(c.Context(), req)
	if err != nil {
		return err
	}
	return g.granted(w, grant)
}

func (g *gateway) granted(w http.ResponseWriter, grant user.Grant) error {
	g.recall.changed(grant.User.ID, base+"/sessions")
	return rest.WriteJSON(w, http.StatusCreated, grantJSON{
		AccessToken:  grant.AccessToken,
		TokenType:    "Bearer",
		ExpiresIn:    max(0, int64(grant.Expires.Sub(g.Now()).Seconds())),
		RefreshToken: grant.RefreshToken,
		User:         showUser(grant.User),
	})
}

func (g *gateway) listSessions(c *call) (view, error) {
	sessions, err := g.Users.ListSessions(c.Context(), c.caller)
	if err != nil {
		return view{}, err
	}
	all := make([]sessionJSON, 0, len(sessions))
	for _, s := range sessions {
		all = append(all, sessionJSON{
			ID: s.ID.String(), UserAgent: s.UserAgent, Address: s.Address,
			CreateTime: s.CreateTime.UTC(), LastUseTime: s.UseTime.UTC(), ExpireTime: s.Expires.UTC(),
			Current: s.ID == c.caller.SessionID,
		})
	}
	return view{value: map[string]any{"sessions": all}}, nil
}

func (g *gateway) signOut(w http.ResponseWriter, c *call) error {
	return g.endSessions(w, c, c.caller.SessionID, false)
}

func (g *gateway) endSession(w http.ResponseWriter, c *call) error {
	id, err := c.id(user.ErrSessionNotFound)
	if err != nil {
		return err
	}
	return g.endSessions(w, c, id, false)
}

func (g *gateway) endAllSessions(w http.ResponseWriter, c *call) error {
	return g.endSessions(w, c, ulid.ULID{}, true)
}

func (g *gateway) endSessions(w http.ResponseWriter, c *call, id ulid.ULID, all bool) error {
	_, err := g.Users.EndSessions(c.Context(), user.EndSessions{
		Caller: c.caller, Mutation: mutation.Mutation{ID: g.ids.next()}, ID: id, All: all,
	})
	if err != nil {
		return err
	}
	return noContent(w)
}

// secret keeps everyone from keeping an answer that holds tokens (RFC 6749, 5.1).
func secret(w http.ResponseWriter) { w.Header().Set("Cache-Control", "no-store") }

// origin tells where a request comes from. The user agent is what the client
// chooses to say, so it is made a text that gRPC can carry.
func origin(r *http.Request) user.Origin {
	return user.Origin{Address: rest.ClientOf(r).Address(), UserAgent: strings.ToValidUTF8(r.UserAgent(), "\uFFFD")}
}
