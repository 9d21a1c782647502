package batch

import "runtime"

// WaitForQueue returns when so many requests wait for the next batch.
func WaitForQueue[Req, Resp any](g *Group[Req, Resp], n int) {
	for {
		g.mu.Lock()
		queued := len(g.queue)
		g.mu.Unlock()
		if queued == n {
			return
		}
		runtime.Gosched()
	}
}
