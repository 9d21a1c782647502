package gateway

import (
	"net/http"
	"slices"

	"github.com/rs/cors"
)

// preflightLife is how long a browser may keep what it was told, in seconds.
const preflightLife = 600

// requestHeaders are those that the API reads, beside the ones that any page may
// send.
var requestHeaders = []string{
	"Accept-Language", "Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match", "X-Request-Id",
}

// CORSOptions say which pages may call from a browser.
type CORSOptions struct {
	Origins []string // of the pages; "*": all; none: no page but our own
	Headers []string // that they may send beside those that the API reads; "*": any
}

// CORS lets pages of the origins call the gateway from a browser. Without
// origins it is h itself, and browsers keep foreign pages away from responses.
// Credentials of the browser's own, such as cookies, are never asked for.
//
// A preflight is an OPTIONS request as any other: the route answers it, and so
// it is counted and logged.
func CORS(o CORSOptions, h http.Handler) http.Handler {
	if len(o.Origins) == 0 {
		return h
	}
	return cors.New(cors.Options{
		AllowedOrigins: o.Origins,
		AllowedMethods: []string{http.MethodHead, get, post, put, patch, remove},
		AllowedHeaders: slices.Concat(requestHeaders, o.Headers),
		ExposedHeaders: []string{
			"Age", "Allow", "Cache-Status", "Content-Language", "ETag", "Location", "RateLimit", "RateLimit-Policy", "Retry-After", "WWW-Authenticate", "X-Request-Id",
		},
		MaxAge:             preflightLife,
		OptionsPassthrough: true,
	}).Handler(h)
}
