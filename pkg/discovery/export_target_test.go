package discovery

// Target is exported for its fuzz test: the whole way to it leads through etcd.
func Target(address string) (string, error) { return target(address) }
