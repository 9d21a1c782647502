// Package api holds the contracts of todokit: the OpenAPI document of the REST
// interface, and, in the packages below it, the protobuf of the services with
// the Go generated from it.
package api

import _ "embed" // for OpenAPI

// OpenAPI is the OpenAPI 3.1 document of the REST interface, in YAML.
//
//go:embed openapi.yaml
var OpenAPI string
