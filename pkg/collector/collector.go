// Package collector registers Prometheus collectors that several parts of a
// process share.
package collector

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

// Register registers a collector, or returns the one that is registered in its
// place. Without a registry it returns c, which counts for nobody. It panics
// where the same name is registered with other labels, which is a mistake of
// the programmer.
func Register[C prometheus.Collector](reg prometheus.Registerer, c C) C {
	if reg == nil {
		return c
	}
	err := reg.Register(c)
	if already, ok := errors.AsType[prometheus.AlreadyRegisteredError](err); ok {
		if existing, ok := already.ExistingCollector.(C); ok {
			return existing
		}
	}
	if err != nil {
		panic(err)
	}
	return c
}
