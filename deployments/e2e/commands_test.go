package e2e_test

import (
	"errors"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// runOnce runs a command that should end by itself.
func runOnce(t *testing.T, command string, env settings, args ...string) (output string, code int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary(t, command), args...)
	cmd.Dir, cmd.Env = t.TempDir(), environment(env)
	out, err := cmd.CombinedOutput()
	if failed := (*exec.ExitError)(nil); errors.As(err, &failed) {
		return string(out), failed.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	return string(out), 0
}

func TestCommands_HelpAndSettings(t *testing.T) {
	t.Parallel()
	for _, pkg := range commands {
		command := path.Base(pkg)
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			t.Run("help", func(t *testing.T) { help(t, command) })
			t.Run("version", func(t *testing.T) {
				if out, code := runOnce(t, command, nil, "--version"); code != 0 || strings.TrimSpace(out) == "" {
					t.Errorf("exit status %d: %s", code, out)
				}
			})
			t.Run("refused settings", func(t *testing.T) { refusedSettings(t, command) })
		})
	}
}

// help requires that every key is documented in its three forms.
func help(t *testing.T, command string) {
	t.Helper()
	out, code := runOnce(t, command, nil, "--help")
	if code != 0 {
		t.Fatalf("exit status %d: %s", code, out)
	}
	keys := map[string][]string{
		"usersvc":    {"log.level", "log.format", "log.file", "admin.addr", "etcd.endpoints", "grpc.addr", "grpc.advertise"},
		"tasksvc":    {"log.level", "log.format", "log.file", "admin.addr", "etcd.endpoints", "grpc.addr", "grpc.advertise"},
		"gatewaysvc": {"log.level", "log.format", "log.file", "admin.addr", "etcd.endpoints", "http.addr"},
		"standalone": {"log.level", "log.format", "log.file", "admin.addr", "http.addr", "data.dir"},
	}[command]
	for _, key := range keys {
		if !strings.Contains(out, "--"+key) {
			t.Errorf("the help does not tell of the flag --%s", key)
		}
		if variable := variable(key); !strings.Contains(out, variable) {
			t.Errorf("the help does not tell of the variable %s", variable)
		}
	}
	if command == "usersvc" && !strings.Contains(out, "TODOKIT_DATABASE_URL") {
		t.Error("the help does not tell of the variable TODOKIT_DATABASE_URL")
	}
}

func variable(key string) string {
	return "TODOKIT_" + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

// refusedSettings stop a process at its start, and the message names the key.
func refusedSettings(t *testing.T, command string) {
	t.Helper()
	for name, c := range map[string]struct {
		args []string
		env  settings
		want string
	}{
		"unknown flag":   {args: []string{"--no.such.key=1"}, want: "no.such.key"},
		"stray words":    {args: []string{"start"}, want: "start"},
		"bad level":      {args: []string{"--log.level=loud"}, want: "log.level"},
		"bad format":     {env: settings{"LOG_FORMAT": "xml"}, want: "log.format"},
		"bad address":    {env: settings{"ADMIN_ADDR": "nowhere"}, want: "admin.addr"},
		"unknown member": {args: []string{"--config=" + file(t, "no:\n  such: key\n")}, want: "no.such"},
		"bad member":     {args: []string{"--config=" + file(t, "log:\n  level: loud\n")}, want: "log.level"},
		"a secret":       {args: []string{"--etcd.password=hunter2"}, want: "etcd.password"},
		"no file":        {args: []string{"--config=missing.yaml"}, want: "missing.yaml"},
	} {
		env := settings{"DATABASE_URL": "sqlite:test.db"} // so that this is not what is wrong
		maps.Copy(env, c.env)
		if out, code := runOnce(t, command, env, c.args...); code == 0 || !strings.Contains(out, c.want) {
			t.Errorf("%s: exit status %d, and it does not name %s: %s", name, code, c.want, out)
		}
	}
}

// file returns a configuration file.
func file(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "todokit.yaml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}
