package taskcache_test

import (
	"context"
	"testing"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/cache"
	"todokit/task"
	"todokit/task/taskcache"
)

// nodes are a database of two nodes. The present one tells the revision. Queries
// go to the one that lags behind, as long as there is one.
type nodes struct {
	task.Store

	present, lagging *node
	queries          int
}

// node is what a node of the database has.
type node struct {
	revision task.Revision
	title    string // of its only task and its only list
}

func (n *nodes) Revision(context.Context, ulid.ULID) (task.Revision, error) {
	return n.present.revision, nil
}

// at returns the node that is asked.
func (n *nodes) at() *node {
	n.queries++
	if n.lagging != nil {
		return n.lagging
	}
	return n.present
}

func (n *nodes) Tasks(_ context.Context, q task.TaskQuery) (task.Read[task.TaskBatch], error) {
	return read(n.at(), q.Known, func(title string) task.TaskBatch { return task.TaskBatch{Tasks: []task.Task{{Title: title}}} })
}

func (n *nodes) Lists(_ context.Context, q task.ListQuery) (task.Read[task.ListBatch], error) {
	return read(n.at(), q.Known, func(title string) task.ListBatch { return task.ListBatch{Lists: []task.List{{Title: title}}} })
}

func read[T any](n *node, known task.Revision, value func(title string) T) (task.Read[T], error) {
	if n.revision != 0 && n.revision == known {
		return task.Read[T]{Revision: n.revision, NotModified: true}, nil
	}
	return task.Read[T]{Revision: n.revision, Value: value(n.title)}, nil
}

// query asks for the titles of what there is.
type query func(known task.Revision) (task.Read[[]string], error)

// queries are the queries of a new cache in front of the nodes.
func queries(t *testing.T, n *nodes) map[string]query {
	t.Helper()
	store := taskcache.New(n, openCache(t, func(*cache.Options[taskcache.Copy]) {}))
	return map[string]query{
		"Tasks": func(known task.Revision) (task.Read[[]string], error) {
			r, err := store.Tasks(t.Context(), task.TaskQuery{Known: known})
			found := task.Read[[]string]{Revision: r.Revision, NotModified: r.NotModified}
			for _, v := range r.Value.Tasks {
				found.Value = append(found.Value, v.Title)
			}
			return found, err
		},
		"Lists": func(known task.Revision) (task.Read[[]string], error) {
			r, err := store.Lists(t.Context(), task.ListQuery{Known: known})
			found := task.Read[[]string]{Revision: r.Revision, NotModified: r.NotModified}
			for _, l := range r.Value.Lists {
				found.Value = append(found.Value, l.Title)
			}
			return found, err
		},
	}
}

// wantRead demands a reply: no title stands for not modified.
func wantRead(t *testing.T, q query, known, revision task.Revision, title string) {
	t.Helper()
	r, err := q(known)
	if err != nil || r.Revision != revision || r.NotModified != (title == "") {
		t.Fatalf("known %d: %+v, %v; want %q of %d", known, r, err, title, revision)
	}
	if title != "" && (len(r.Value) != 1 || r.Value[0] != title) {
		t.Fatalf("known %d: %+v; want %q of %d", known, r, title, revision)
	}
}

func TestStore_LaggingNode_OldDataNotFoundUnderNewRevision(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Tasks", "Lists"} {
		n := &nodes{present: &node{8, "new"}, lagging: &node{7, "old"}}
		q := queries(t, n)[name]
		wantRead(t, q, 0, 7, "old")
		wantRead(t, q, 6, 7, "old")
		n.lagging = nil
		wantRead(t, q, 0, 8, "new")
		wantRead(t, q, 7, 8, "new")
		wantRead(t, q, 8, 8, "")
	}
}

func TestStore_SameRevision_AnsweredFromCopy(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Tasks", "Lists"} {
		n := &nodes{present: &node{8, "new"}}
		q := queries(t, n)[name]
		for range 3 {
			wantRead(t, q, 7, 8, "new")
			wantRead(t, q, 0, 8, "new")
			wantRead(t, q, 8, 8, "")
		}
		if n.queries != 1 {
			t.Errorf("%s: %d queries, want 1", name, n.queries)
		}
	}
}

func TestStore_KnownByLaggingNode_KeptUnderItsOwnRevision(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Tasks", "Lists"} {
		n := &nodes{present: &node{8, "new"}, lagging: &node{7, "old"}}
		q := queries(t, n)[name]
		wantRead(t, q, 7, 7, "old") // one node says that it is not the present one
		wantRead(t, q, 0, 7, "old")
		n.present = n.lagging
		wantRead(t, q, 0, 7, "old")
	}
}

func TestStore_RevisionZero_NotKept(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Tasks", "Lists"} {
		n := &nodes{present: &node{0, "of no moment"}}
		q := queries(t, n)[name]
		wantRead(t, q, 0, 0, "of no moment")
		n.lagging = &node{0, "another"}
		wantRead(t, q, 0, 0, "another")
	}
}
