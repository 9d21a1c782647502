package main

import (
	"crypto/rand"
	"fmt"
	mrand "math/rand/v2"
	"net"
	"os/exec"
	"strconv"
)

// tool returns the path of a program that has to be installed.
func tool(name string) (string, error) {
	for _, try := range []string{name, "/usr/sbin/" + name, "/usr/local/sbin/" + name} {
		if path, err := exec.LookPath(try); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s is not installed; make bench installs it", name)
}

// freeAddress returns a loopback address that is free, below the ports that
// outgoing connections take.
func freeAddress() (string, error) {
	for range 100 {
		address := "127.0.0.1:" + strconv.Itoa(12000+mrand.N(19000))
		l, err := net.Listen("tcp", address) //nolint:noctx // binding does not wait for anything
		if err != nil {
			continue
		}
		return address, l.Close()
	}
	return "", fmt.Errorf("no free port on 127.0.0.1")
}

// freeAddresses returns several of them.
func freeAddresses(n int) ([]string, error) {
	seen := map[string]bool{}
	var all []string
	for len(all) < n {
		address, err := freeAddress()
		if err != nil {
			return nil, err
		}
		if !seen[address] {
			seen[address] = true
			all = append(all, address)
		}
	}
	return all, nil
}

// randomText is a password that nobody guesses.
func randomText() string { return rand.Text() }
