package cache

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// ErrURL is returned for a URL that no cache can be opened with. Nothing of the
// URL is in the message, for there may be a password in it.
var ErrURL = errors.New(`must be "redis://user:password@host:6379/0", the same with "rediss" for TLS, or "unix:///path"`)

// lookupTimeout is how long a lookup waits for a connection and for the answer.
const lookupTimeout = 100 * time.Millisecond

// CheckURL returns an error that wraps ErrURL if New would not understand the
// URL, or would have no use for the certificates that there are.
func CheckURL(url string, certificates bool) error {
	if url == "" && !certificates {
		return nil
	}
	_, err := parseURL(url, certificates)
	return err
}

func parseURL(text string, certificates bool) (*redis.Options, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w; in names and passwords, all but letters and digits is written as %%XX", ErrURL)
	case u.Scheme != "redis" && u.Scheme != "rediss" && u.Scheme != "unix":
		return nil, ErrURL
	case u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("%w: there is more behind it", ErrURL)
	case u.Scheme != "unix" && u.Hostname() == "":
		return nil, fmt.Errorf("%w: the host is missing", ErrURL)
	case u.Scheme != "rediss" && certificates:
		return nil, fmt.Errorf("%w: certificates are for rediss", ErrURL)
	}
	o, err := redis.ParseURL(text)
	if err != nil { // it may quote what is half a password
		return nil, fmt.Errorf("%w: the path is wrong", ErrURL)
	}
	return o, nil
}

// clientOptions returns the options of a client that fails instead of waiting.
func clientOptions(text string, t func() *tls.Config) (*redis.Options, error) {
	o, err := parseURL(text, t != nil)
	if err != nil {
		return nil, err
	}
	if o.TLSConfig != nil && t == nil {
		t = o.TLSConfig.Clone
	}
	o.Dialer = dialer(t)
	o.ContextTimeoutEnabled = true
	o.DialTimeout, o.PoolTimeout, o.ReadTimeout, o.WriteTimeout = lookupTimeout, lookupTimeout, lookupTimeout, lookupTimeout
	o.MaxRetries, o.DialerRetries = -1, 1
	o.PipelinePoolSize = -1 // no connections of their own for the few that write
	// Nothing that Redis 6 and 7 do not know.
	o.Protocol = 2
	o.DisableIdentity = true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return o, nil
}

// dialer returns a function that opens connections. Instead of an error it returns
// a connection whose first use fails: go-redis would count the errors, and then open
// a breaker of its own, which may stay open for a second after Redis is back, and
// has a goroutine that Close does not end.
func dialer(t func() *tls.Config) func(ctx context.Context, network, addr string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, t, network, addr)
		if err != nil {
			return broken{err}, nil //nolint:nilerr // its first use returns it
		}
		return conn, nil
	}
}

func dial(ctx context.Context, t func() *tls.Config, network, addr string) (net.Conn, error) {
	if t == nil {
		return new(net.Dialer).DialContext(ctx, network, addr)
	}
	return (&tls.Dialer{Config: t()}).DialContext(ctx, network, addr)
}

// broken is a connection that could not be opened.
type broken struct{ err error }

func (b broken) Read([]byte) (int, error)         { return 0, b.err }
func (b broken) Write([]byte) (int, error)        { return 0, b.err }
func (b broken) Close() error                     { return nil }
func (b broken) LocalAddr() net.Addr              { return &net.UnixAddr{} }
func (b broken) RemoteAddr() net.Addr             { return &net.UnixAddr{} }
func (b broken) SetDeadline(time.Time) error      { return nil }
func (b broken) SetReadDeadline(time.Time) error  { return nil }
func (b broken) SetWriteDeadline(time.Time) error { return nil }
