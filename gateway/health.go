package gateway

import (
	"net/http"

	"todokit/pkg/errs"
	"todokit/pkg/rest"
)

// alive says that the process serves requests.
func (g *gateway) alive(w http.ResponseWriter, _ *request) error {
	return health(w, "ok")
}

// ready says whether requests can be answered. What is missing is for the
// operator, at the admin port, and not for the public.
func (g *gateway) ready(w http.ResponseWriter, r *request) error {
	if !g.Ready(r.Context()) {
		noStore(w)
		return errs.ErrUnavailable
	}
	return health(w, "ready")
}

func health(w http.ResponseWriter, status string) error {
	noStore(w)
	return rest.WriteJSON(w, http.StatusOK, map[string]string{"status": status})
}
