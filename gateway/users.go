package gateway

import (
	"context"
	"net/http"
	"time"

	"todokit/pkg/errs"
	"todokit/pkg/mutation"
	"todokit/pkg/rest"
	"todokit/user"
)

// userJSON is an account as its owner sees it.
type userJSON struct {
	ID         string    `json:"id"`
	UserName   string    `json:"user_name"`
	NickName   string    `json:"nick_name"`
	CreateTime time.Time `json:"create_time"`
	UpdateTime time.Time `json:"update_time"`
	Version    int64     `json:"version"`
}

func showUser(u user.User) userJSON {
	return userJSON{
		ID: u.ID.String(), UserName: u.Name, NickName: u.NickName,
		CreateTime: u.CreateTime.UTC(), UpdateTime: u.UpdateTime.UTC(), Version: u.Version,
	}
}

func (g *gateway) register(w http.ResponseWriter, c *call) error {
	private(w)
	req := user.Register{Mutation: mutation.Mutation{ID: g.ids.next()}}
	_, err := rest.ReadJSON(w, c.Request, rest.Members{
		"user_name": rest.Into(&req.Name, rest.Text),
		"password":  rest.Into(&req.Password, rest.Text),
		"nick_name": rest.Into(&req.NickName, rest.OrNull(rest.Text)),

		"invitation_code": rest.Into(&req.Invitation, rest.OrNull(rest.Text)),
	})
	if err != nil {
		return err
	}
	u, err := g.Users.Register(c.Context(), req)
	if err != nil {
		return err
	}
	return created(w, base+"/users/me", u.Version, showUser(u))
}

func (g *gateway) getUser(c *call) (view, error) {
	u, err := g.Users.GetUser(c.Context(), c.caller)
	return view{version: u.Version, value: showUser(u)}, err
}

func (g *gateway) updateUser(w http.ResponseWriter, c *call) error {
	req := user.UpdateUser{Caller: c.caller, Mutation: mutation.Mutation{ID: g.ids.next()}}
	_, err := rest.ReadJSON(w, c.Request, readOnly(rest.Members{
		"nick_name": rest.Into(&req.NickName, userOpt(rest.OrNull(rest.Text))),
	}, "id", "user_name", "create_time", "update_time", "version"))
	if err != nil {
		return err
	}
	req.IfVersion, err = c.ifVersion(errs.ErrStaleVersion, func(ctx context.Context) (int64, error) {
		u, err := g.Users.GetUser(ctx, c.caller)
		return u.Version, err
	})
	if err != nil {
		return err
	}
	u, err := g.Users.UpdateUser(c.Context(), req)
	if err != nil {
		return err
	}
	return changed(w, u.Version, showUser(u))
}

func (g *gateway) changePassword(w http.ResponseWriter, c *call) error {
	req := user.ChangePassword{Caller: c.caller, Mutation: mutation.Mutation{ID: g.ids.next()}}
	_, err := rest.ReadJSON(w, c.Request, rest.Members{
		"current_password": rest.Into(&req.Current, rest.Text),
		"new_password":     rest.Into(&req.New, rest.Text),
	})
	if err != nil {
		return err
	}
	if _, err = g.Users.ChangePassword(c.Context(), req); err != nil {
		return err
	}
	return noContent(w)
}

func (g *gateway) deleteUser(w http.ResponseWriter, c *call) error {
	req := user.DeleteUser{Caller: c.caller, Mutation: mutation.Mutation{ID: g.ids.next()}}
	_, err := rest.ReadJSON(w, c.Request, rest.Members{
		"password": rest.Into(&req.Password, rest.Text),
	})
	if err != nil {
		return err
	}
	if _, err = g.Users.DeleteUser(c.Context(), req); err != nil {
		return err
	}
	return noContent(w)
}
