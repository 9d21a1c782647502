package process

import (
	"net"
	"sync"
)

// doors is a listener that is closed to callers until somebody accepts from
// it. An instance that starts again is still known under its old address, and
// found there before it is ready: whoever comes is sent away at once, and goes
// to another instance. Left to the operating system, they would wait.
type doors struct {
	net.Listener
	open  sync.Once
	first chan net.Conn // the first caller to be let in, then closed
	stop  chan struct{} // closed when the doors are to open
}

func newDoors(l net.Listener) *doors {
	d := &doors{Listener: l, first: make(chan net.Conn, 1), stop: make(chan struct{})}
	go d.sendAway()
	return d
}

func (d *doors) sendAway() {
	defer close(d.first)
	for {
		c, err := d.Listener.Accept()
		if err != nil {
			return // it is closed, as the next to accept will find
		}
		select {
		case <-d.stop:
			d.first <- c
			return
		default:
			_ = c.Close()
		}
	}
}

// Accept opens the doors.
func (d *doors) Accept() (net.Conn, error) {
	d.open.Do(func() { close(d.stop) })
	if c, ok := <-d.first; ok {
		return c, nil
	}
	return d.Listener.Accept()
}
