package batch

import "runtime"

// WaitFor returns when so many requests wait for the next batch.
func WaitFor[Req, Resp any](g *Group[Req, Resp], n int) {
	for {
		g.mu.Lock()
		waiting := len(g.waiting)
		g.mu.Unlock()
		if waiting == n {
			return
		}
		runtime.Gosched()
	}
}
