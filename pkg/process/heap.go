package process

import "os"

// heapFloor is how much may be allocated between two runs of the garbage
// collector beside what it would allow anyway, in bytes. It waits until the heap
// has doubled, and ours is so small that it would run a hundred times a second
// under load, each time with all of its fixed costs.
const heapFloor = 16 << 20

// raiseHeapFloor returns what is to be kept alive for as long as the floor is to
// hold: bytes that the collector counts as in use, though none of them is ever
// touched, and so no memory stands behind them. (go.dev/issue/42430 asks for the
// same as a setting; debug.SetMemoryLimit is none, since a heap that outgrows
// the limit is collected without end.) Whoever has set GOGC gets what they set.
func raiseHeapFloor() []byte {
	if os.Getenv("GOGC") != "" {
		return nil
	}
	return make([]byte, heapFloor)
}
