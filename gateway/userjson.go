package gateway

import (
	"net/http"
	"time"

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

func newUserJSON(u user.User) userJSON {
	return userJSON{
		ID: u.ID.String(), UserName: u.Name, NickName: u.NickName,
		CreateTime: u.CreateTime.UTC(), UpdateTime: u.UpdateTime.UTC(), Version: u.Version,
	}
}

func readRegistration(w http.ResponseWriter, r *request, in *user.Register) error {
	_, err := rest.ReadJSON(w, r.Request, rest.Members{
		"user_name":       rest.Into(&in.Name, rest.Text),
		"password":        rest.Into(&in.Password, rest.Text),
		"nick_name":       rest.Into(&in.NickName, rest.OrNull(rest.Text)),
		"invitation_code": rest.Into(&in.Invitation, rest.OrNull(rest.Text)),
	})
	return err
}

func readUserChange(w http.ResponseWriter, r *request, in *user.UpdateUser) error {
	_, err := rest.ReadJSON(w, r.Request, readOnly(rest.Members{
		"nick_name": rest.Into(&in.NickName, optionalOf(rest.OrNull(rest.Text))),
	}, "id", "user_name", "create_time", "update_time", "version"))
	return err
}

func readPasswordChange(w http.ResponseWriter, r *request, in *user.ChangePassword) error {
	_, err := rest.ReadJSON(w, r.Request, rest.Members{
		"current_password": rest.Into(&in.Current, rest.Text),
		"new_password":     rest.Into(&in.New, rest.Text),
	})
	return err
}

func readDeletion(w http.ResponseWriter, r *request, in *user.DeleteUser) error {
	_, err := rest.ReadJSON(w, r.Request, rest.Members{
		"password": rest.Into(&in.Password, rest.Text),
	})
	return err
}
