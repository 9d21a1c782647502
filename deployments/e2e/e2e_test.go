// Package e2e_test drives todokit as its users do: it starts the real commands
// against a real etcd and a real MariaDB, and the standalone one against
// nothing, talks REST to them, and validates every request and response by
// api/openapi.yaml.
//
// A user scenario (func(t, *system)) is what a user does; every scenario runs against the
// separate processes and against the standalone one. The scenarios of one system
// run at the same time, as users do.
package e2e_test

import (
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3filter"
)

// waitTimeout bounds every wait. Nothing should take nearly as long; a busy
// machine may.
const waitTimeout = 60 * time.Second

// commands are the packages that are built and started.
var commands = []string{
	"todokit/user/cmd/usersvc",
	"todokit/task/cmd/tasksvc",
	"todokit/gateway/cmd/gatewaysvc",
	"todokit/deployments/standalone",
}

// binariesDir is the folder of the commands, made by TestMain.
var binariesDir string

func TestMain(m *testing.M) {
	flag.Parse()
	openapi3filter.RegisterBodyDecoder("text/html", openapi3filter.FileBodyDecoder) // a page has no schema
	var err error
	if binariesDir, err = os.MkdirTemp("", "todokit-e2e-"); err != nil {
		log.Fatal(err)
	}
	code := m.Run()
	if err = os.RemoveAll(binariesDir); err != nil {
		log.Fatal(err)
	}
	os.Exit(code)
}

// build builds the commands when the first one is needed.
var build = sync.OnceValue(func() error {
	args := []string{"build", "-o", binariesDir + string(filepath.Separator)}
	if raceDetector {
		args = append(args, "-race")
	}
	out, err := exec.Command("go", append(args, commands...)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("building the commands: %w\n%s", err, out)
	}
	return nil
})

// binary returns the path of a command.
func binary(t *testing.T, command string) string {
	t.Helper()
	if err := build(); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(binariesDir, command)
}
