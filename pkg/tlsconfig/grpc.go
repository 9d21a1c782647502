package tlsconfig

import (
	"context"
	"crypto/tls"
	"net"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
)

// ServerCredentials are the options of a gRPC server; none without TLS.
func (c Config) ServerCredentials() ([]grpc.ServerOption, error) {
	t, err := c.Server()
	if err != nil || t == nil {
		return nil, err
	}
	return []grpc.ServerOption{grpc.Creds(credentials.NewTLS(t))}, nil
}

// ClientCredentials are the credentials of a gRPC client, or nil for no TLS.
func (c Config) ClientCredentials() (credentials.TransportCredentials, error) {
	t, err := c.Client()
	if err != nil || t == nil {
		return nil, err
	}
	return &perConnection{credentials.NewTLS(t()), t}, nil
}

// perConnection makes the configuration anew for each connection: gRPC's own
// credentials keep the one that they were made with.
type perConnection struct {
	credentials.TransportCredentials
	config func() *tls.Config
}

func (p *perConnection) ClientHandshake(ctx context.Context, authority string, conn net.Conn) (net.Conn, credentials.AuthInfo, error) {
	return credentials.NewTLS(p.config()).ClientHandshake(ctx, authority, conn)
}

func (p *perConnection) Clone() credentials.TransportCredentials {
	return &perConnection{p.TransportCredentials.Clone(), p.config}
}
