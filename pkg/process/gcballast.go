package process

import "os"

// ballastSize is how much garbage may gather beside what Go would allow, in bytes.
// Go's collector waits until the heap has doubled, and ours is so small that it
// would run up to twenty times a second under load, each time with its fixed costs.
// With 16 MiB, gateway and task service exceeded the 64 MiB that they may take.
const ballastSize = 4 << 20

// gcBallast returns bytes that count as heap in use for as long as they are
// referenced. They are never touched, and so take no memory. A memory limit
// would not do instead: a heap that outgrows it is collected without end. nil
// where GOGC is set, which then holds unchanged.
func gcBallast() []byte {
	if os.Getenv("GOGC") != "" {
		return nil
	}
	return make([]byte, ballastSize)
}
