package e2e_test

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// The resources, as a client sees them.

type userResource struct {
	ID         string `json:"id"`
	UserName   string `json:"user_name"`
	NickName   string `json:"nick_name"`
	CreateTime string `json:"create_time"`
	UpdateTime string `json:"update_time"`
	Version    int64  `json:"version"`
}

type grant struct {
	AccessToken  string       `json:"access_token"`
	TokenType    string       `json:"token_type"`
	ExpiresIn    int          `json:"expires_in"`
	RefreshToken string       `json:"refresh_token"`
	User         userResource `json:"user"`
}

type session struct {
	ID          string `json:"id"`
	UserAgent   string `json:"user_agent"`
	Address     string `json:"address"`
	CreateTime  string `json:"create_time"`
	LastUseTime string `json:"last_use_time"`
	ExpireTime  string `json:"expire_time"`
	Current     bool   `json:"current"`
}

type list struct {
	ID         string  `json:"id"`
	Title      string  `json:"title"`
	Inbox      bool    `json:"inbox"`
	Position   float64 `json:"position"`
	CreateTime string  `json:"create_time"`
	UpdateTime string  `json:"update_time"`
	Version    int64   `json:"version"`
}

type task struct {
	ID           string   `json:"id"`
	ListID       string   `json:"list_id"`
	Title        string   `json:"title"`
	Content      string   `json:"content"`
	Status       string   `json:"status"`
	Priority     int      `json:"priority"`
	Start        *string  `json:"start"`
	Due          *string  `json:"due"`
	TimeZone     *string  `json:"time_zone"`
	Labels       []string `json:"labels"`
	Position     float64  `json:"position"`
	CompleteTime *string  `json:"complete_time"`
	CreateTime   string   `json:"create_time"`
	UpdateTime   string   `json:"update_time"`
	DeleteTime   *string  `json:"delete_time"`
	Version      int64    `json:"version"`
}

type taskPage struct {
	Tasks []task `json:"tasks"`
	Next  string `json:"next_page_token"`
}

type problemBody struct {
	Type      string `json:"type"`
	Title     string `json:"title"`
	Status    int    `json:"status"`
	Detail    string `json:"detail"`
	Code      string `json:"code"`
	RequestID string `json:"request_id"`
	Errors    []struct {
		Field   string `json:"field"`
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"errors"`
}

// fields is a JSON object of a request.
type fields map[string]any

const (
	users    = "/api/v1/users"
	me       = "/api/v1/users/me"
	sessions = "/api/v1/sessions"
	lists    = "/api/v1/lists"
	tasks    = "/api/v1/tasks"
)

// nobody is a client without an account.
func (s *system) nobody() *client { return &client{system: s} }

// newUser registers an account that nobody else has, and signs in.
func (s *system) newUser(t *testing.T) *client {
	t.Helper()
	c := s.nobody()
	c.name, c.password = "user-"+strings.ToLower(rand.Text()[:12]), s.secret("Pw "+rand.Text())
	c.do(t, http.MethodPost, users, fields{"user_name": c.name, "password": c.password}).want(t, http.StatusCreated)
	return c.signIn(t)
}

// signIn signs another device of the same user in.
func (c *client) signIn(t *testing.T) *client {
	t.Helper()
	device := &client{system: c.system, name: c.name, password: c.password}
	a := device.do(t, http.MethodPost, sessions, fields{"user_name": c.name, "password": c.password})
	device.keep(decode[grant](t, a.want(t, http.StatusCreated)))
	return device
}

// keep makes a grant the client's.
func (c *client) keep(g grant) {
	c.secret(g.AccessToken)
	c.secret(g.RefreshToken)
	c.grant = g
}

func (c *client) createTask(t *testing.T, f fields) task {
	t.Helper()
	return decode[task](t, c.do(t, http.MethodPost, tasks, f).want(t, http.StatusCreated))
}

func (c *client) getTask(t *testing.T, id string) task {
	t.Helper()
	return decode[task](t, c.do(t, http.MethodGet, tasks+"/"+id, nil).want(t, http.StatusOK))
}

// page returns one page of tasks.
func (c *client) page(t *testing.T, query string) taskPage {
	t.Helper()
	return decode[taskPage](t, c.do(t, http.MethodGet, tasks+"?"+query, nil).want(t, http.StatusOK))
}

// all follows the pages of a query to their end.
func (c *client) all(t *testing.T, query string) []task {
	t.Helper()
	var all []task
	for next := ""; ; {
		p := c.page(t, query+"&page_token="+url.QueryEscape(next))
		all = append(all, p.Tasks...)
		if next = p.Next; next == "" {
			return all
		}
	}
}

// titles are what a person reads.
func titles(of []task) []string {
	all := make([]string, 0, len(of))
	for _, one := range of {
		all = append(all, one.Title)
	}
	return all
}
