package e2e_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"todokit/pkg/database/databasetest"
)

// TestNothingSecretIsTold has every scenario told at the most talkative level, and
// then looks for the passwords and tokens of all of them wherever an operator
// or a neighbour may look.
func TestLogsAndProcesses_Secrets_AreNotShown(t *testing.T) {
	t.Parallel()
	s := newSystem(t)
	userDB := s.secret(databasetest.MySQLURL(t))
	s.taskDB = s.secret(databasetest.MySQLURL(t))
	s.launch = func() {
		s.gateway = start(t, "standalone", patient(settings{
			"DATA_DIR": filepath.Join(t.TempDir(), "data"), "LOG_LEVEL": "debug", "USER_DATABASE_URL": userDB, "TASK_DATABASE_URL": s.taskDB,
			"TASK_ERASURE_WAIT": erasureWait,
		}))
	}
	s.boot(t)
	runUserScenarios(t, s)
	c := s.newUser(t)
	c.createTask(t, fields{"title": s.secret("hush-title"), "content": s.secret("hush-content")})
	c.do(t, http.MethodGet, tasks+"?q="+s.secret("hush-query"), nil).want(t, http.StatusOK)
	refused := c.do(t, http.MethodPost, sessions, fields{"user_name": c.name, "password": s.secret("hush-guess")}).want(t, http.StatusUnauthorized)

	u, err := url.Parse(userDB)
	if err != nil {
		t.Fatal(err)
	}
	password, _ := u.User.Password()
	places := map[string]string{
		"the log": s.gateway.log.String(), "standard output": s.gateway.out.String(),
		"the arguments": procFile(t, s.gateway, "cmdline"), "a problem": string(refused.body),
	}
	for _, page := range []string{"/metrics", "/readyz", "/healthz", "/debug/pprof/cmdline"} {
		_, places[page], err = getPage(t, "http://"+s.gateway.address(t, "admin")+page)
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(s.secrets) < 50 {
		t.Errorf("only %d secrets are known: the stories tell too few", len(s.secrets))
	}
	// The log may tell the database's account, and on a test server its
	// password may be the same word.
	for _, secret := range append(s.secrets, ":"+password+"@") {
		for place, text := range places {
			if strings.Contains(text, secret) {
				t.Errorf("%s tells %q", place, secret)
			}
		}
	}
}

func procFile(t *testing.T, p *process, name string) string {
	t.Helper()
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", p.cmd.Process.Pid, name))
	if err != nil && !os.IsNotExist(err) { // there is no /proc but on Linux
		t.Fatal(err)
	}
	return string(content)
}

// TestUnreachablePartsAreNamedWithoutTheirPasswords starts a service that finds
// neither its database nor its registry, and says so.
func TestStart_UnreachableDependency_IsNamedWithoutPassword(t *testing.T) {
	t.Parallel()
	const secret = "hunter2-hunter2"
	p := start(t, "usersvc", settings{
		"LOG_LEVEL": "debug", "GRPC_ADDR": "127.0.0.1:0", "DATABASE_URL": "mysql://todokit:" + secret + "@127.0.0.1:1/user",
		"ETCD_ENDPOINTS": "127.0.0.1:1", "ETCD_USERNAME": "svc", "ETCD_PASSWORD": secret,
	})
	p.waitLog(t, "the database", func(l logLine) bool { return strings.Contains(fmt.Sprint(l["err"]), "127.0.0.1:1") })
	_, ready, err := getPage(t, "http://"+p.address(t, "admin")+"/readyz")
	if err != nil {
		t.Fatal(err)
	}
	if text := p.log.String() + p.out.String() + ready + procFile(t, p, "cmdline"); strings.Contains(text, secret) {
		t.Errorf("it tells the password:\n%s", text)
	}
}

// TestBadSecretsStopTheStart gives each command secrets that are none.
func TestStart_BadSecret_IsRefused(t *testing.T) {
	t.Parallel()
	for command, key := range map[string]string{
		"usersvc": "database.url", "tasksvc": "database.url", "gatewaysvc": "etcd.password", "standalone": "task.database.url",
	} {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			const secret = "mysql://u:hunter2@127.0.0.1:1/d"
			open := file(t, secret)
			if err := os.Chmod(open, 0o644); err != nil {
				t.Fatal(err)
			}
			section, name, _ := strings.Cut(key, ".")
			yaml := file(t, section+":\n  "+name+": "+secret+"\n")
			if err := os.Chmod(yaml, 0o644); err != nil {
				t.Fatal(err)
			}
			fileKey := strings.TrimPrefix(variable(key+"_file"), "TODOKIT_")
			for name, c := range map[string]struct {
				env  settings
				args []string
				want string
			}{
				"missing":              {env: settings{fileKey: "/no/such/file"}, want: key},
				"empty":                {env: settings{fileKey: file(t, "\n")}, want: key},
				"world-readable":       {env: settings{fileKey: open}, want: "chmod o-rw"},
				"in an open YAML file": {args: []string{"--config=" + yaml}, want: "chmod o-rw"},
				"an argument":          {args: []string{"--" + key + "=" + secret}, want: key},
				"short":                {env: settings{"ETCD_USERNAME": "svc", "ETCD_PASSWORD": "hunter2"}, want: "etcd.password"},
				"half of a pair":       {env: settings{"ETCD_USERNAME": "svc"}, want: "etcd.password"},
			} {
				out, code := runOnce(t, command, c.env, c.args...)
				if code == 0 || !strings.Contains(out, c.want) || strings.Contains(out, "hunter2") {
					t.Errorf("%s: exit status %d: %s", name, code, out)
				}
			}
			if command == "usersvc" || command == "tasksvc" {
				if out, code := runOnce(t, command, nil); code == 0 || !strings.Contains(out, key) {
					t.Errorf("none at all: exit status %d: %s", code, out)
				}
			}
			out, code := runOnce(t, command, settings{strings.TrimPrefix(variable(key), "TODOKIT_"): secret}, "--help")
			if code != 0 || strings.Contains(out, "hunter2") || !strings.Contains(out, "--admin.addr  TODOKIT_ADMIN_ADDR") {
				t.Errorf("the help: exit status %d: %s", code, out)
			}
			if _, admin, _ := strings.Cut(out, "--admin.addr"); !strings.Contains(admin[:300], "(default 127.0.0.1:") {
				t.Errorf("the admin port is open by default: %.300s", admin)
			}
		})
	}
}
