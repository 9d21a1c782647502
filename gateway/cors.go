package gateway

import (
	"net/http"

	"github.com/rs/cors"
)

// preflightLife is how long a browser may keep what it was told, in seconds.
const preflightLife = 600

// CORS lets pages of the origins call the gateway from a browser. Without
// origins it is h itself, and browsers keep foreign pages away from responses.
// Credentials of the browser's own, such as cookies, are never asked for.
//
// A preflight is an OPTIONS request as any other: the route answers it, and so
// it is counted and logged.
func CORS(origins []string, h http.Handler) http.Handler {
	if len(origins) == 0 {
		return h
	}
	return cors.New(cors.Options{
		AllowedOrigins: origins,
		AllowedMethods: []string{http.MethodHead, get, post, put, patch, remove},
		AllowedHeaders: []string{
			"Accept-Language", "Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match", "X-Request-Id",
		},
		ExposedHeaders: []string{
			"Age", "Allow", "Cache-Status", "Content-Language", "ETag", "Location", "RateLimit", "RateLimit-Policy", "Retry-After", "WWW-Authenticate", "X-Request-Id",
		},
		MaxAge:             preflightLife,
		OptionsPassthrough: true,
	}).Handler(h)
}
