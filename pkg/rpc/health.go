package rpc

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
)

// health answers the standard health check (grpc.health.v1), by which a caller
// finds out that it has reached an instance of the service it means. It needs no
// token and no place of a limiter. Its status is always "serving": a server that
// is not ready accepts no connections.
type health struct {
	// Watch is not implemented: its streams would never end.
	healthv1.UnimplementedHealthServer

	services map[string]bool // full names; "" is the server as a whole
}

// Check returns the gRPC code NOT_FOUND for a service that is not served here.
func (h *health) Check(_ context.Context, r *healthv1.HealthCheckRequest) (*healthv1.HealthCheckResponse, error) {
	if !h.services[r.GetService()] {
		return nil, status.Error(codes.NotFound, "the service is not served here")
	}
	return &healthv1.HealthCheckResponse{Status: healthv1.HealthCheckResponse_SERVING}, nil
}

// registerHealth adds the health service, unless it is one of the services.
func registerHealth(g *grpc.Server) {
	h := &health{services: map[string]bool{"": true}}
	for name := range g.GetServiceInfo() {
		h.services[name] = true
	}
	if !h.services[healthv1.Health_ServiceDesc.ServiceName] {
		healthv1.RegisterHealthServer(g, h)
	}
}

// isHealth says whether a call is for the health service.
func isHealth(server any) bool {
	_, ok := server.(*health)
	return ok
}
