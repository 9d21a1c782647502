package token

import (
	"crypto/sha256"

	"github.com/maypok86/otter/v2"
)

// maxCached bounds the tokens in the cache, to a few megabytes.
const maxCached = 10_000

// cachedToken is what a signature has proved.
type cachedToken struct {
	claims Claims
	keyID  string // of the key that signed
}

// cache keeps tokens whose signature was checked, by their SHA-256, so that no
// token itself stays in memory. It forgets those that are used least.
type cache struct {
	tokens *otter.Cache[[sha256.Size]byte, cachedToken]
}

func newCache(size int) *cache {
	return &cache{otter.Must(&otter.Options[[sha256.Size]byte, cachedToken]{
		MaximumSize: size,
		Executor:    func(do func()) { do() }, // no goroutines of its own
	})}
}

func (c *cache) get(raw string) (cachedToken, bool) { return c.tokens.GetIfPresent(sum(raw)) }

func (c *cache) put(raw string, t cachedToken) { c.tokens.Set(sum(raw), t) }

func (c *cache) drop(raw string) { c.tokens.Invalidate(sum(raw)) }

func sum(raw string) [sha256.Size]byte {
	var b [1024]byte // on the stack, with room for every token of ours
	return sha256.Sum256(append(b[:0], raw...))
}
