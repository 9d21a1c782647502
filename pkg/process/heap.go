package process

import "os"

// heapFloor is how much garbage may gather beside what Go would allow, in bytes.
// Its collector waits until the heap has doubled, and ours is so small that it
// would run up to twenty times a second under load, each time with its fixed costs.
// With 16 MiB, gateway and task service took more than the 64 MiB that they may.
const heapFloor = 4 << 20

// steadyHeap returns what is to be kept alive for as long as the floor is to
// hold: bytes that count as in use, though none of them is ever touched, and so no
// memory stands behind them. A memory limit would not do instead, since a heap
// that outgrows it is collected without end. Whoever has set GOGC gets what they set.
func steadyHeap() []byte {
	if os.Getenv("GOGC") != "" {
		return nil
	}
	return make([]byte, heapFloor)
}
