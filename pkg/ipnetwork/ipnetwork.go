// Package ipnetwork tells one client from the next by where it comes from.
package ipnetwork

import "net/netip"

// subscriberBits is how much of an IPv6 address a subscriber is given at least
// (RFC 6177). The rest is the subscriber's to choose, and to change at will.
const subscriberBits = 64

// Of returns the network that a client with this address cannot leave: an IPv4
// address, also one that is written as an IPv6 address, or the /64 of an IPv6
// address. The zero Prefix for the zero Addr.
func Of(addr netip.Addr) netip.Prefix {
	addr = addr.Unmap().WithZone("")
	if !addr.IsValid() {
		return netip.Prefix{}
	}
	bits := addr.BitLen()
	if addr.Is6() {
		bits = subscriberBits
	}
	return netip.PrefixFrom(addr, bits).Masked()
}
