package process

import (
	"os"
	"runtime/debug"
)

// Go's garbage collector waits until the heap has doubled. Ours is so small that
// it would run a hundred times a second under load, each time with its fixed
// costs; and what it doubles later on is memory that we promise not to take. So
// it works as if the heap were larger by heapFloor, and waits until that has
// grown by heapGrowth: at least for 16 MiB.
const (
	heapFloor  = 40 << 20 // bytes
	heapGrowth = 40       // per cent
)

// steadyHeap tells the collector so. It returns what is to be kept alive for as
// long as that is to hold: bytes that count as in use, though none of them is
// ever touched, and so no memory stands behind them. A memory limit would not do
// instead, since a heap that outgrows it is collected without end. Whoever has
// set GOGC gets what they set.
func steadyHeap() []byte {
	if os.Getenv("GOGC") != "" {
		return nil
	}
	debug.SetGCPercent(heapGrowth)
	return make([]byte, heapFloor)
}
