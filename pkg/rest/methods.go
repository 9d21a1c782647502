package rest

import (
	"net/http"
	"slices"
	"strings"
)

// Methods are the handlers of a route. HEAD is handled as GET, and OPTIONS
// returns the list of methods.
type Methods map[string]Handler

func (m Methods) serve(w http.ResponseWriter, r *http.Request) error {
	if h, ok := m[r.Method]; ok {
		return h(w, r)
	}
	get, readable := m[http.MethodGet]
	switch {
	case r.Method == http.MethodHead && readable:
		return get(w, r) // the server leaves the content out
	case r.Method == http.MethodOptions:
		w.Header().Set("Allow", m.allow())
		w.WriteHeader(http.StatusNoContent)
		return nil
	default:
		w.Header().Set("Allow", m.allow())
		return ErrMethodNotAllowed
	}
}

// allow lists the methods in alphabetical order.
func (m Methods) allow() string {
	all := []string{http.MethodOptions}
	for method := range m {
		all = append(all, method)
		if method == http.MethodGet {
			all = append(all, http.MethodHead)
		}
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}
