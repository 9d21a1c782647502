package stalecache

// Evict forgets all users, as the cache does with some of them when it is full.
func (c *Cache) Evict() { c.users.InvalidateAll() }
