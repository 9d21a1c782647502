package gateway

import (
	"net/http"
	"time"

	"todokit/pkg/rest"
	"todokit/task"
)

// readListFields reads the body: what a client may choose of a list, for a new
// one or for a change. It returns the body as it was sent.
func readListFields(w http.ResponseWriter, r *request, f *task.ListFields) ([]byte, error) {
	return rest.ReadJSON(w, r.Request, readOnly(rest.Members{
		"title":    rest.Into(&f.Title, optionalOf(rest.Text)),
		"position": rest.Into(&f.Position, optionalOf(rest.Number)),
	}, "id", "inbox", "create_time", "update_time", "version"))
}

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

func newListJSON(l task.List) listJSON {
	return listJSON{
		ID: l.ID.String(), Title: l.Title, Inbox: l.Inbox(), Position: l.Position,
		CreateTime: l.CreateTime.UTC(), UpdateTime: l.UpdateTime.UTC(), Version: l.Version,
	}
}

func showList(l task.List) (version int64, value any) { return l.Version, newListJSON(l) }

// listPageJSON is a page of lists.
type listPageJSON struct {
	Lists []listJSON `json:"lists"`
	Next  string     `json:"next_page_token,omitempty"`
}

func showListPage(p task.ListPage) (version int64, value any) {
	all := make([]listJSON, 0, len(p.Lists))
	for _, l := range p.Lists {
		all = append(all, newListJSON(l))
	}
	return 0, listPageJSON{all, p.Next}
}
