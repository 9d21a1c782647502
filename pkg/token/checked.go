package token

import (
	"crypto/sha256"

	"github.com/maypok86/otter/v2"
)

// maxChecked bounds the remembered tokens, to a few megabytes.
const maxChecked = 10_000

// genuine is what a signature has proved.
type genuine struct {
	claims Claims
	keyID  string // of the key that signed
}

// checked remembers genuine tokens by their SHA-256, so that no token itself
// stays in memory. It forgets those that are used least.
type checked struct {
	tokens *otter.Cache[[sha256.Size]byte, genuine]
}

func newChecked(size int) *checked {
	return &checked{otter.Must(&otter.Options[[sha256.Size]byte, genuine]{
		MaximumSize: size,
		Executor:    func(do func()) { do() }, // no goroutines of its own
	})}
}

func (c *checked) get(raw string) (genuine, bool) { return c.tokens.GetIfPresent(sum(raw)) }

func (c *checked) put(raw string, g genuine) { c.tokens.Set(sum(raw), g) }

func (c *checked) drop(raw string) { c.tokens.Invalidate(sum(raw)) }

func sum(raw string) [sha256.Size]byte {
	var b [1024]byte // on the stack, with room for every token of ours
	return sha256.Sum256(append(b[:0], raw...))
}
