package e2e_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"todokit/pkg/discovery/embedded"
)

// TestGatewayWaits starts a gateway before anything that it needs: it is alive
// and says what it waits for, to programs and to people.
func TestGateway_StartsFirst_BecomesReady(t *testing.T) {
	t.Parallel()
	s := newSystem(t)
	etcd, err := embedded.Start(t.Context(), t.TempDir(), embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(etcd.Close)
	// One of these settings is nobody's: platforms inject their own.
	s.gateway = start(t, "gatewaysvc", settings{"ETCD_ENDPOINTS": etcd.Endpoint(), "HTTP_ADDR": "127.0.0.1:0", "SERVICE_PORT": "1"})
	s.base = "http://" + s.gateway.address(t, "http")
	s.gateway.waitLog(t, "the variable that nobody knows", func(l logLine) bool {
		warning, _ := l["warning"].(string)
		return l["level"] == "warn" && strings.Contains(warning, "TODOKIT_SERVICE_PORT")
	})

	admin := "http://" + s.gateway.address(t, "admin")
	status, page, err := getPage(t, admin+"/readyz")
	var state struct {
		Ready        bool
		Dependencies []struct {
			Name string
			OK   bool
		}
	}
	if err != nil || status != http.StatusServiceUnavailable || json.Unmarshal([]byte(page), &state) != nil || state.Ready || len(state.Dependencies) < 3 {
		t.Errorf("/readyz of a gateway without services: %v, %d %s", err, status, page)
	}
	if status, page, err = getPage(t, admin+"/healthz"); err != nil || status != http.StatusOK {
		t.Errorf("/healthz: %v, %d %s", err, status, page)
	}
	if status, _, err = getPage(t, admin+"/debug/pprof/cmdline"); err != nil || status != http.StatusOK {
		t.Errorf("pprof: %v, %d", err, status)
	}
	nobody := s.nobody()
	nobody.do(t, http.MethodGet, "/healthz", nil).want(t, http.StatusOK)
	nobody.do(t, http.MethodGet, "/readyz", nil).want(t, http.StatusServiceUnavailable)
	a := nobody.do(t, http.MethodPost, sessions, fields{"user_name": "ada", "password": "correct horse battery"})
	a.wantProblem(t, http.StatusServiceUnavailable, "UNAVAILABLE")
	if a.header.Get("Retry-After") == "" {
		t.Error("503 without Retry-After")
	}
	s.gateway.stop(t, syscall.SIGTERM)
}

// TestDataFolderIsTakenOnce starts a second process on the same folder, which
// must not touch what the first one uses.
func TestStandalone_DataDirInUse_IsRefused(t *testing.T) {
	t.Parallel()
	s := startStandalone(t)
	c := s.newUser(t)
	out, code := runOnce(t, "standalone", settings{"ADMIN_ADDR": "127.0.0.1:0", "HTTP_ADDR": "127.0.0.1:0", "DATA_DIR": s.dataDir()})
	if code == 0 || !strings.Contains(out, "data.dir") {
		t.Errorf("exit status %d: %s", code, out)
	}
	c.createTask(t, fields{"title": "Undisturbed"})
	s.shutDown(t, syscall.SIGTERM)
}
