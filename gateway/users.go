package gateway

import (
	"context"
	"net/http"

	"todokit/pkg/mutation"
	"todokit/user"
)

func (g *gateway) register(w http.ResponseWriter, r *request) error {
	private(w)
	in := user.Register{Mutation: mutation.Mutation{ID: g.ids.next()}, Origin: origin(r.Request)}
	if err := readRegistration(w, r, &in); err != nil {
		return err
	}
	u, err := g.Users.Register(r.Context(), in)
	if err != nil {
		return err
	}
	return created(w, base+"/users/me", u.Version, newUserJSON(u))
}

func (g *gateway) getUser(r *request) (reader, error) {
	return func(readOptions) (response, error) {
		u, err := g.Users.GetUser(r.Context(), r.caller.Caller)
		return response{version: u.Version, value: newUserJSON(u)}, err
	}, nil
}

func (g *gateway) updateUser(w http.ResponseWriter, r *request) error {
	in := user.UpdateUser{Caller: r.caller.Caller, Mutation: g.userMutation()}
	if err := readUserChange(w, r, &in); err != nil {
		return err
	}
	var err error
	if in.IfVersion, err = g.expectedUserVersion(r); err != nil {
		return err
	}
	u, err := g.Users.UpdateUser(r.Context(), in)
	if err != nil {
		return err
	}
	return updated(w, u.Version, newUserJSON(u))
}

func (g *gateway) changePassword(w http.ResponseWriter, r *request) error {
	in := user.ChangePassword{Caller: r.caller.Caller, Mutation: g.userMutation()}
	if err := readPasswordChange(w, r, &in); err != nil {
		return err
	}
	if _, err := g.Users.ChangePassword(r.Context(), in); err != nil {
		return err
	}
	return noContent(w)
}

func (g *gateway) deleteUser(w http.ResponseWriter, r *request) error {
	in := user.DeleteUser{Caller: r.caller.Caller, Mutation: g.userMutation()}
	if err := readDeletion(w, r, &in); err != nil {
		return err
	}
	if _, err := g.Users.DeleteUser(r.Context(), in); err != nil {
		return err
	}
	return noContent(w)
}

func (g *gateway) expectedUserVersion(r *request) (int64, error) {
	return r.expectedVersion(func(ctx context.Context) (int64, error) {
		u, err := g.Users.GetUser(ctx, r.caller.Caller)
		return u.Version, err
	})
}

func (g *gateway) userMutation() mutation.Mutation { return mutation.Mutation{ID: g.ids.next()} }
