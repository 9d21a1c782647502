package gateway

import (
	"net/http"

	"github.com/gorilla/mux"

	"todokit/gateway/authentication"
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

// chains are what a request passes before its handler, to be read from left to
// right; path and method have been matched before. The body is read in limit:
// whatever refuses a request for its rate or its token stands before that.
type chains struct {
	public                rest.Middleware // needs no token and calls nobody
	register              rest.Middleware // needs no token
	signIn, refresh       rest.Middleware // need no token; with the hash of a password, and without
	readTasks, writeTasks rest.Middleware
	pageOfTasks           rest.Middleware // a read that may be a large one
	readUser, writeUser   rest.Middleware
	hashPassword          rest.Middleware // a write, with the hash of a password
}

func (g *gateway) chains() chains {
	var (
		limiters     = g.Limits.Limiters
		addressRate  = g.addressRate.Limit
		authenticate = g.authenticator.Authenticate
		scope        = authentication.RequireScope
		userRate     = g.userRate.Limit
		limit        = g.requests.Limit
		limitSmall   = g.requests.LimitSmall // for who has shown no token
	)
	return chains{
		public:   chain(addressRate, limitSmall(nil)),
		register: chain(addressRate, callMetadata, limitSmall(limiters.Registering)),
		signIn:   chain(addressRate, callMetadata, limitSmall(limiters.Hashing)),
		refresh:  chain(addressRate, callMetadata, limitSmall(limiters.Users)),

		readTasks:    chain(addressRate, privateCaching, callMetadata, authenticate, scope(token.TasksRead), userRate, limit(limiters.Tasks)),
		pageOfTasks:  chain(addressRate, privateCaching, callMetadata, authenticate, scope(token.TasksRead), userRate, g.requests.LimitBy(limiters.ofPage)),
		writeTasks:   chain(addressRate, privateCaching, callMetadata, authenticate, scope(token.TasksWrite), userRate, limit(limiters.Tasks), g.invalidate),
		readUser:     chain(addressRate, privateCaching, callMetadata, authenticate, scope(token.Account), userRate, limit(limiters.Users)),
		writeUser:    chain(addressRate, privateCaching, callMetadata, authenticate, scope(token.Account), userRate, limit(limiters.Users), g.invalidate),
		hashPassword: chain(addressRate, privateCaching, callMetadata, authenticate, scope(token.Account), userRate, limit(limiters.Hashing), g.invalidate),
	}
}

// routes is the whole table. Of two templates that match a path, the first one
// answers. A handler that only shows something stands in a revalidate…, the others
// in handle, together with the query parameters that they take.
func (g *gateway) routes() []route {
	c := g.chains()
	return []route{
		{base + "/users", rest.Methods{post: c.register(handle(g.register))}},
		{base + "/users/me", rest.Methods{
			get:    c.readUser(g.revalidate(g.getUser)),
			patch:  c.writeUser(handle(g.updateUser)),
			remove: c.hashPassword(handle(g.deleteUser)),
		}},
		{base + "/users/me/password", rest.Methods{put: c.hashPassword(handle(g.changePassword))}},

		{base + "/sessions", rest.Methods{
			post:   c.signIn(handle(g.signIn)),
			get:    c.readUser(g.revalidatePerSession(g.listSessions)),
			remove: c.writeUser(handle(g.endAllSessions)),
		}},
		{base + "/sessions/refresh", rest.Methods{post: c.refresh(handle(g.refresh))}},
		{base + "/sessions/current", rest.Methods{remove: c.writeUser(handle(g.signOut))}},
		{base + "/sessions/{id}", rest.Methods{remove: c.writeUser(handle(g.endSession))}},

		{base + "/access-tokens", rest.Methods{
			get:  c.readUser(g.revalidate(g.listAccessTokens)),
			post: c.writeUser(handle(g.createAccessToken)),
		}},
		{base + "/access-tokens/{id}", rest.Methods{remove: c.writeUser(handle(g.endAccessToken))}},

		{base + "/lists", rest.Methods{
			get:  c.readTasks(g.revalidatePage(g.listLists, listParameters.names()...)),
			post: c.writeTasks(handle(g.createList)),
		}},
		{base + "/lists/{id}", rest.Methods{
			get:    c.readTasks(g.revalidate(g.getList)),
			patch:  c.writeTasks(handle(g.updateList)),
			remove: c.writeTasks(handle(g.deleteList)),
		}},

		{base + "/tasks", rest.Methods{
			get:  c.pageOfTasks(g.revalidatePage(g.listTasks, taskParameters.names()...)),
			post: c.writeTasks(handle(g.createTask)),
		}},
		{base + "/tasks/{id}", rest.Methods{
			get:    c.readTasks(g.revalidate(g.getTask)),
			patch:  c.writeTasks(handle(g.updateTask)),
			remove: c.writeTasks(handle(g.deleteTask, deleteParameters.names()...)),
		}},
		{base + "/tasks/{id}/restore", rest.Methods{post: c.writeTasks(handle(g.restoreTask))}},

		{"/.well-known/jwks.json", rest.Methods{get: c.public(handle(g.publicKeys))}},
		{"/healthz", rest.Methods{get: handle(g.alive)}},
		{"/readyz", rest.Methods{get: handle(g.ready)}},
		{"/openapi.yaml", rest.Methods{get: c.public(handle(contract))}},
		{docsPath, rest.Methods{get: c.public(handle(docsPage()))}},
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
