package gateway

import (
	"context"
	"net/http"
	"time"

	"todokit/pkg/errs"
	"todokit/pkg/rest"
	"todokit/task"
)

// listJSON is a to-do list.
type listJSON struct {
	ID         string    `json:"id"`
	Title      string    `json:"title"`
	Inbox      bool      `json:"inbox"`
	Position   float64   `json:"position"`
	CreateTime time.Time `json:"create_time"`
	UpdateTime time.Time `json:"update_time"`
	Version    int64     `json:"version"`
}

func showList(l task.List) listJSON {
	return listJSON{
		ID: l.ID.String(), Title: l.Title, Inbox: l.Inbox(), Position: l.Position,
		CreateTime: l.CreateTime.UTC(), UpdateTime: l.UpdateTime.UTC(), Version: l.Version,
	}
}

// readList reads what a client may choose of a list.
func readList(w http.ResponseWriter, c *call, u *task.UpdateList) ([]byte, error) {
	return rest.ReadJSON(w, c.Request, readOnly(rest.Members{
		"title":    rest.Into(&u.Title, taskOpt(rest.Text)),
		"position": rest.Into(&u.Position, taskOpt(rest.Number)),
	}, "id", "inbox", "create_time", "update_time", "version"))
}

func (g *gateway) createList(w http.ResponseWriter, c *call) error {
	var asked task.UpdateList
	body, err := readList(w, c, &asked)
	if err != nil {
		return err
	}
	key, err := c.idempotency("lists", body)
	if err != nil {
		return err
	}
	l, err := g.Tasks.CreateList(c.Context(), task.CreateList{
		Owner: c.caller.UserID, ID: g.ids.next(),
		Title: asked.Title.Value, Position: asked.Position, Idempotency: key,
	})
	if err != nil {
		return err
	}
	return created(w, base+"/lists/"+l.ID.String(), l.Version, showList(l))
}

func (g *gateway) listLists(c *call) (view, error) {
	query := task.ListQuery{
		Owner:     c.caller.UserID,
		PageSize:  c.query.Int("page_size", 1, task.MaxListPage),
		PageToken: c.query.Text("page_token"),
	}
	if err := c.query.Err(); err != nil {
		return view{}, err
	}
	page, err := g.Tasks.ListLists(c.Context(), query)
	if err != nil {
		return view{}, err
	}
	all := make([]listJSON, 0, len(page.Lists))
	for _, l := range page.Lists {
		all = append(all, showList(l))
	}
	return view{value: struct {
		Lists []listJSON `json:"lists"`
		Next  string     `json:"next_page_token,omitempty"`
	}{all, page.Next}}, nil
}

func (g *gateway) getList(c *call) (view, error) {
	ref, err := c.list()
	if err != nil {
		return view{}, err
	}
	l, err := g.Tasks.GetList(c.Context(), ref)
	return view{version: l.Version, value: showList(l)}, err
}

func (g *gateway) updateList(w http.ResponseWriter, c *call) error {
	ref, err := c.list()
	if err != nil {
		return err
	}
	req := task.UpdateList{Ref: ref, Mutation: g.mutation()}
	if _, err = readList(w, c, &req); err != nil {
		return err
	}
	if req.IfVersion, err = g.ifList(c, ref); err != nil {
		return err
	}
	l, err := g.Tasks.UpdateList(c.Context(), req)
	if err != nil {
		return err
	}
	return changed(w, l.Version, showList(l))
}

func (g *gateway) deleteList(w http.ResponseWriter, c *call) error {
	ref, err := c.list()
	if err != nil {
		return err
	}
	version, err := g.ifList(c, ref)
	if err != nil {
		return err
	}
	_, err = g.Tasks.DeleteList(c.Context(), task.DeleteList{Ref: ref, Mutation: g.mutation(), IfVersion: version})
	if err != nil {
		return err
	}
	return noContent(w)
}

// list returns the list that the path names.
func (c *call) list() (task.Ref, error) {
	id, err := c.id(task.ErrListNotFound)
	return task.Ref{Owner: c.caller.UserID, ID: id}, err
}

func (g *gateway) ifList(c *call, ref task.Ref) (int64, error) {
	return c.ifVersion(errs.ErrStaleVersion, func(ctx context.Context) (int64, error) {
		l, err := g.Tasks.GetList(ctx, ref)
		return l.Version, err
	})
}
