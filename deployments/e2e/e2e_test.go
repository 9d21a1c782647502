// Package e2e_test drives todokit as its users do: it starts the real commands
// against a real etcd and a real MariaDB, and the standalone one against
// nothing, talks REST to them, and holds every request and every answer against
// api/openapi.yaml.
//
// A story (func(t, *system)) is what a user does; every story runs against the
// separate processes and against the standalone one. The stories of one system
// run at the same time, as users do.
package e2e_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// patience bounds every wait. Nothing should take nearly as long; a busy
// machine may.
const patience = 60 * time.Second

// commands are the packages that are built and started.
var commands = []string{
	"todokit/user/cmd/usersvc",
	"todokit/task/cmd/tasksvc",
	"todokit/gateway/cmd/gatewaysvc",
	"todokit/deployments/standalone",
}

// built is the folder of the commands, set by TestMain.
var built string

func TestMain(m *testing.M) {
	flag.Parse()
	code, err := buildAndRun(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func buildAndRun(m *testing.M) (code int, err error) {
	if built, err = os.MkdirTemp("", "todokit-e2e-"); err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(built)) }()
	args := []string{"build", "-o", built + string(filepath.Separator)}
	if raceDetector {
		args = append(args, "-race")
	}
	out, err := exec.Command("go", append(args, commands...)...).CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("building the commands: %w\n%s", err, out)
	}
	return m.Run(), nil
}
