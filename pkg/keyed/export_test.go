package keyed

// Users returns how many hold a place of a key or wait for one.
func (s *Semaphore[K]) Users(name K) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k, ok := s.keys[name]; ok {
		return k.users
	}
	return 0
}

// Keys returns how many keys are in use.
func (s *Semaphore[K]) Keys() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.keys)
}
