package gateway

import (
	"net/http"

	"github.com/gorilla/mux"

	"todokit/gateway/authentication"
	"todokit/pkg/loadshed"
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

// chains are the steps that a request passes before its handler, to be read
// from left to right. Path and method have been matched before. Whatever refuses
// a request does so before its body is read, which limitConcurrency does.
type chains struct {
	public                middleware // needs no token and calls nobody
	signIn, refresh       middleware // need no token; with the hash of a password or without
	readTasks, writeTasks middleware
	readUser, writeUser   middleware
	hashPassword          middleware // of a caller with a token
}

func (g *gateway) chains() chains {
	var (
		limiters     = g.Limits.Limiters
		limitAddress = middleware(g.addressRate.Limit)
		authenticate = middleware(g.authenticator.Authenticate)
		limitUser    = middleware(g.userRate.Limit)
		signedIn     = func(scope token.Scopes, l *loadshed.Limiter) middleware {
			return chain(limitAddress, privateCaching, callMetadata, authenticate, authentication.RequireScope(scope), limitUser, g.limitConcurrency(l))
		}
	)
	return chains{
		public:       chain(limitAddress, g.limitConcurrency(nil)),
		signIn:       chain(limitAddress, callMetadata, g.limitConcurrency(limiters.Hashing)),
		refresh:      chain(limitAddress, callMetadata, g.limitConcurrency(limiters.Users)),
		readTasks:    signedIn(token.TasksRead, limiters.Tasks),
		writeTasks:   chain(signedIn(token.TasksWrite, limiters.Tasks), g.invalidate),
		readUser:     signedIn(token.Account, limiters.Users),
		writeUser:    chain(signedIn(token.Account, limiters.Users), g.invalidate),
		hashPassword: chain(signedIn(token.Account, limiters.Hashing), g.invalidate),
	}
}

// routes is the whole table. Of two templates that match a path, the first one
// answers. A handler that only shows something stands in revalidate, the others
// in handle, together with the query parameters that they take.
func (g *gateway) routes() []route {
	c := g.chains()
	return []route{
		{base + "/users", rest.Methods{post: c.signIn(handle(g.register))}},
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
			get:  c.readTasks(g.revalidate(g.listLists, listParameters.names()...)),
			post: c.writeTasks(handle(g.createList)),
		}},
		{base + "/lists/{id}", rest.Methods{
			get:    c.readTasks(g.revalidate(g.getList)),
			patch:  c.writeTasks(handle(g.updateList)),
			remove: c.writeTasks(handle(g.deleteList)),
		}},

		{base + "/tasks", rest.Methods{
			get:  c.readTasks(g.revalidate(g.listTasks, taskParameters.names()...)),
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
