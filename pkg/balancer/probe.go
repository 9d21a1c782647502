package balancer

import "time"

// eject keeps all calls from an instance until it passes the health check: one
// whose breaker has opened, and one that is not the service. Without that, a
// caller would find out that an instance still hangs: slowly, and without knowing
// whether its write was made.
func (i *instance) eject() {
	if !i.ejected.CompareAndSwap(false, true) {
		return
	}
	i.state.Set(stateEjected)
	i.pool.probeInBackground(i.probe)
}

// probe repeats until the instance passes or is removed.
func (i *instance) probe() {
	tick := time.NewTicker(breakerOpen)
	defer tick.Stop()
	for i.checkService() != nil {
		select {
		case <-tick.C:
		case <-i.idle:
			return
		case <-i.pool.closed:
			return
		}
	}
	i.state.Set(float64(i.breaker.State()))
	i.ejected.Store(false)
}
