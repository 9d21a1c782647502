package gateway

import (
	"net/http"

	"github.com/gorilla/mux"

	"todokit/pkg/rest"
)

// base is before the path of every route that has to do with an account.
const base = "/api/v1"

const docsPath = "/docs"

const (
	get    = http.MethodGet
	post   = http.MethodPost
	put    = http.MethodPut
	patch  = http.MethodPatch
	remove = http.MethodDelete
)

// route is one path and what can be done there.
type route struct {
	template string
	methods  rest.Methods
}

// routes is the whole table. A handler is open to everyone or needs a signed-in
// caller; after it come the query parameters that it takes. Of two templates
// that match a path, the first one answers.
func (g *gateway) routes() []route {
	open, signedIn := g.open, g.signedIn
	return []route{
		{base + "/users", rest.Methods{post: open(g.register)}},
		{base + "/users/me", rest.Methods{get: signedIn(g.getUser), patch: signedIn(g.updateUser), remove: signedIn(g.deleteUser)}},
		{base + "/users/me/password", rest.Methods{put: signedIn(g.changePassword)}},

		{base + "/sessions", rest.Methods{post: open(g.signIn), get: signedIn(g.listSessions), remove: signedIn(g.endAllSessions)}},
		{base + "/sessions/refresh", rest.Methods{post: open(g.refresh)}},
		{base + "/sessions/current", rest.Methods{remove: signedIn(g.signOut)}},
		{base + "/sessions/{id}", rest.Methods{remove: signedIn(g.endSession)}},

		{base + "/lists", rest.Methods{get: signedIn(g.listLists, "page_size", "page_token"), post: signedIn(g.createList)}},
		{base + "/lists/{id}", rest.Methods{get: signedIn(g.getList), patch: signedIn(g.updateList), remove: signedIn(g.deleteList)}},

		{base + "/tasks", rest.Methods{get: signedIn(g.listTasks, taskParameters...), post: signedIn(g.createTask)}},
		{base + "/tasks/{id}", rest.Methods{get: signedIn(g.getTask), patch: signedIn(g.updateTask), remove: signedIn(g.deleteTask, "purge")}},
		{base + "/tasks/{id}/restore", rest.Methods{post: signedIn(g.restoreTask)}},

		{"/.well-known/jwks.json", rest.Methods{get: open(g.publicKeys)}},
		{"/healthz", rest.Methods{get: open(g.alive)}},
		{"/readyz", rest.Methods{get: open(g.ready)}},
		{"/openapi.yaml", rest.Methods{get: open(contract)}},
		{docsPath, rest.Methods{get: open(docsPage())}},
	}
}

// router leaves methods to the routes, and paths as they are: one with a slash
// too many is no route, rather than a redirect that loses the body.
func (g *gateway) router() http.Handler {
	r := mux.NewRouter().SkipClean(true)
	for _, route := range g.routes() {
		r.Handle(route.template, g.edge.Route(route.template, route.methods))
	}
	r.NotFoundHandler = g.edge.NotFound()
	return r
}
