package gatewayapp_test

import (
	"strings"
	"testing"

	"todokit/gateway/gatewayapp"
	"todokit/pkg/config"
)

func load(args ...string) error {
	cfg := gatewayapp.DefaultConfig()
	_, err := config.Load(args, nil, config.Program{Name: "gatewaysvc"}, &cfg)
	return err
}

func TestLimits_Invalid_NamesKey(t *testing.T) {
	t.Parallel()
	for _, arg := range []string{
		"--limit.concurrent=-1", "--limit.queue=-1", "--limit.wait=-1s", "--limit.hashing=-1",
		"--limit.user.rate=-1", "--limit.user.burst=0", "--limit.address.rate=-1", "--limit.address.burst=0",
		"--stale.bytes=-1",
		"--upstream.timeout=0s", "--upstream.attempt_timeout=3s", "--upstream.hash_attempt_timeout=3s", "--upstream.hash_attempt_timeout=0s",
	} {
		key, _, _ := strings.Cut(strings.TrimPrefix(arg, "--"), "=")
		if err := load(arg); err == nil || !strings.Contains(err.Error(), key+" ") {
			t.Errorf("%s: %v", arg, err)
		}
	}
}

func TestLimits_Off_Valid(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		nil,
		{"--limit.concurrent=0", "--limit.hashing=0"},
		{"--limit.user.rate=0", "--limit.user.burst=0", "--limit.address.rate=0"},
		{"--limit.user.rate=0.5", "--limit.user.burst=1"},
		{"--stale.bytes=0"},
	} {
		if err := load(args...); err != nil {
			t.Errorf("%v: %v", args, err)
		}
	}
}
