package gateway

import (
	"context"
	"net/http"

	"todokit/pkg/rest"
	"todokit/task"
)

// listParameters are the query parameters of GET /lists.
var listParameters = parameters[task.ListLists]{
	{"page_size", func(q *rest.Query, name string, in *task.ListLists) { in.PageSize = q.Int(name, 1, task.MaxListPage) }},
	{"page_token", func(q *rest.Query, name string, in *task.ListLists) { in.PageToken = q.Text(name) }},
}

func (g *gateway) createList(w http.ResponseWriter, r *request) error {
	in := task.CreateList{Owner: r.caller.UserID}
	body, err := readListFields(w, r, &in.ListFields)
	if err != nil {
		return err
	}
	if in.Idempotency, err = r.idempotency("lists", body); err != nil {
		return err
	}
	in.ID = g.ids.next()
	l, err := g.Tasks.CreateList(r.Context(), in)
	if err != nil {
		return err
	}
	return created(w, base+"/lists/"+l.ID.String(), l.Version, newListJSON(l))
}

func (g *gateway) listLists(r *request) (reader, error) {
	in := task.ListLists{Owner: r.caller.UserID}
	if err := listParameters.read(r.query, &in); err != nil {
		return nil, err
	}
	return func(o readOptions) (response, error) {
		in.Known, in.MaxBytes = o.known, o.maxBytes
		page, err := g.Tasks.ListLists(r.Context(), in)
		return conditional(page, showListPage), err
	}, in.Validate()
}

func (g *gateway) getList(r *request) (reader, error) {
	ref, err := r.list()
	return func(o readOptions) (response, error) {
		l, err := g.Tasks.GetList(r.Context(), task.GetList{Ref: ref, Known: o.known})
		return conditional(l, showList), err
	}, err
}

func (g *gateway) updateList(w http.ResponseWriter, r *request) error {
	ref, err := r.list()
	if err != nil {
		return err
	}
	in := task.UpdateList{Ref: ref, Mutation: g.mutation()}
	if _, err = readListFields(w, r, &in.ListFields); err != nil {
		return err
	}
	if in.IfVersion, err = g.expectedListVersion(r, ref); err != nil {
		return err
	}
	l, err := g.Tasks.UpdateList(r.Context(), in)
	if err != nil {
		return err
	}
	return updated(w, l.Version, newListJSON(l))
}

func (g *gateway) deleteList(w http.ResponseWriter, r *request) error {
	ref, err := r.list()
	if err != nil {
		return err
	}
	in := task.DeleteList{Ref: ref, Mutation: g.mutation()}
	if in.IfVersion, err = g.expectedListVersion(r, ref); err != nil {
		return err
	}
	if _, err = g.Tasks.DeleteList(r.Context(), in); err != nil {
		return err
	}
	return noContent(w)
}

// list returns the list that the path names.
func (r *request) list() (task.Ref, error) {
	id, err := r.id(task.ErrListNotFound)
	return task.Ref{Owner: r.caller.UserID, ID: id}, err
}

func (g *gateway) expectedListVersion(r *request, ref task.Ref) (int64, error) {
	return r.expectedVersion(func(ctx context.Context) (int64, error) {
		l, err := g.Tasks.GetList(ctx, task.GetList{Ref: ref})
		return l.Value.Version, err
	})
}
