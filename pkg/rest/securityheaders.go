package rest

import "net/http"

// The values are shared by all responses: nobody changes one.
var (
	noSniff    = []string{"nosniff"}
	noReferrer = []string{"no-referrer"}
	denyAll    = []string{"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"}
)

// setSecurityHeaders makes a browser treat a response as data and nothing else.
// An HTML page sets its own Content-Security-Policy.
func setSecurityHeaders(h http.Header) {
	h["X-Content-Type-Options"] = noSniff
	h["Referrer-Policy"] = noReferrer
	h["Content-Security-Policy"] = denyAll
}
