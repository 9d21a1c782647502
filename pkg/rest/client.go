package rest

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Client is where a request comes from.
type Client struct {
	Addr   netip.Addr // not valid for a client without one, as on a Unix socket
	Secure bool       // it uses TLS, to us or to a trusted proxy
}

// Proxies are the networks of the trusted proxies. The X-Forwarded-* headers of
// everyone else are ignored.
type Proxies []netip.Prefix

// ParseProxies reads networks such as "10.0.0.0/8", and single addresses.
func ParseProxies(networks []string) (Proxies, error) {
	var p Proxies
	for _, network := range networks {
		if addr, err := netip.ParseAddr(network); err == nil {
			p = append(p, netip.PrefixFrom(addr.Unmap(), addr.Unmap().BitLen()))
			continue
		}
		prefix, err := netip.ParsePrefix(network)
		if err != nil || prefix.Addr().Is4In6() {
			return nil, fmt.Errorf("%q is neither an address nor a network such as 10.0.0.0/8", network)
		}
		p = append(p, prefix.Masked())
	}
	return p, nil
}

// Client returns where a request comes from. A list of forwarders is read from
// its end, where each trusted proxy added the address that it saw itself: the
// first one that is not trusted is the client, whatever stands before it.
func (p Proxies) Client(r *http.Request) Client {
	c := Client{Addr: parseHost(r.RemoteAddr), Secure: r.TLS != nil}
	if !p.Trusts(c.Addr) {
		return c
	}
	proto := r.Header.Values("X-Forwarded-Proto")
	c.Secure = c.Secure || len(proto) == 1 && strings.EqualFold(proto[0], "https")
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		addr := parseHost(strings.TrimSpace(hop))
		if !addr.IsValid() {
			break // the last one that could be read is as far as we know
		}
		c.Addr = addr
		if !p.Trusts(addr) {
			break
		}
	}
	return c
}

// Trusts says whether an address is that of a trusted proxy.
func (p Proxies) Trusts(addr netip.Addr) bool {
	return slices.ContainsFunc(p, func(network netip.Prefix) bool { return network.Contains(addr) })
}

// parseHost reads an address with or without a port: "192.0.2.7", "[2001:db8::7]:443".
func parseHost(s string) netip.Addr {
	addr, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]"))
	if err != nil {
		withPort, err := netip.ParseAddrPort(s)
		if err != nil {
			return netip.Addr{}
		}
		addr = withPort.Addr()
	}
	return addr.Unmap().WithZone("")
}

type clientKey struct{}

// Handler puts where each request comes from into its context, for ClientOf.
// Where that is TLS, browsers are told to use nothing else from then on.
func (p Proxies) Handler(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := p.Client(r)
		if c.Secure {
			w.Header().Set("Strict-Transport-Security", "max-age=31536000")
		}
		h.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), clientKey{}, c)))
	})
}

// ClientOf returns where a request comes from. Limits, sessions and logs use it.
// Without a Proxies.Handler before, no proxy is trusted.
func ClientOf(r *http.Request) Client {
	if c, ok := r.Context().Value(clientKey{}).(Client); ok {
		return c
	}
	return Proxies(nil).Client(r)
}

// Address returns the address as a text, or "" for a client without one.
func (c Client) Address() string {
	if !c.Addr.IsValid() {
		return ""
	}
	return c.Addr.String()
}
