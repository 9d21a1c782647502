package gateway

import (
	"net/http"

	"github.com/gorilla/mux"

	"todokit/pkg/rest"
	"todokit/pkg/token"
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

// routes is the whole table. A handler is open to everyone, or it reads or
// writes for a signed-in caller, whose token must have the scope that its way
// needs for that; after it come the query parameters that it takes. Of two
// templates that match a path, the first one answers.
func (g *gateway) routes() []route {
	gates := g.Limits.Gates
	tasks := g.through(gates.Tasks).needing(token.TasksRead, token.TasksWrite).peeking(g.peek)
	single := tasks.peeking(g.peekTask)
	users := g.through(gates.Users).needing(token.Account, token.Account)
	hashing := g.through(gates.Hashing).needing(token.Account, token.Account)
	files := g.through(nil)
	return []route{
		{base + "/users", rest.Methods{post: hashing.open(g.register)}},
		{base + "/users/me", rest.Methods{get: users.read(g.getUser), patch: users.write(g.updateUser), remove: hashing.write(g.deleteUser)}},
		{base + "/users/me/password", rest.Methods{put: hashing.write(g.changePassword)}},

		{base + "/sessions", rest.Methods{post: hashing.open(g.signIn), get: users.readBySession(g.listSessions), remove: users.write(g.endAllSessions)}},
		{base + "/sessions/refresh", rest.Methods{post: users.open(g.refresh)}},
		{base + "/sessions/current", rest.Methods{remove: users.write(g.signOut)}},
		{base + "/sessions/{id}", rest.Methods{remove: users.write(g.endSession)}},

		{base + "/access-tokens", rest.Methods{get: users.read(g.listAccessTokens), post: users.write(g.createAccessToken)}},
		{base + "/access-tokens/{id}", rest.Methods{remove: users.write(g.endAccessToken)}},

		{base + "/lists", rest.Methods{get: tasks.read(g.listLists, "page_size", "page_token"), post: tasks.write(g.createList)}},
		{base + "/lists/{id}", rest.Methods{get: tasks.read(g.getList), patch: tasks.write(g.updateList), remove: tasks.write(g.deleteList)}},

		{base + "/tasks", rest.Methods{get: tasks.read(g.listTasks, taskParameters...), post: tasks.write(g.createTask)}},
		{base + "/tasks/{id}", rest.Methods{get: single.read(g.getTask), patch: tasks.write(g.updateTask), remove: tasks.write(g.deleteTask, "purge")}},
		{base + "/tasks/{id}/restore", rest.Methods{post: tasks.write(g.restoreTask)}},

		{"/.well-known/jwks.json", rest.Methods{get: files.open(g.publicKeys)}},
		{"/healthz", rest.Methods{get: g.always(g.alive)}},
		{"/readyz", rest.Methods{get: g.always(g.ready)}},
		{"/openapi.yaml", rest.Methods{get: files.open(contract)}},
		{docsPath, rest.Methods{get: files.open(docsPage())}},
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
