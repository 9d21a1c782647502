package config_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"todokit/pkg/config"
)

type guarded struct {
	Password config.Secret `config:"password" usage:"of the service" least:"8"`
}

func TestLoad_SecretFile(t *testing.T) {
	t.Parallel()
	good := write(t, 0o640, "mysql://u:p@h/d \r\n")
	for _, args := range [][]string{
		{"--user.database.url_file=" + good},
		{"--config", write(t, 0o644, "user: {database: {url_file: "+good+"}}")},
	} {
		got := defaults()
		if _, err := config.Load(args, nil, program, &got); err != nil || got.User.URL.Reveal() != "mysql://u:p@h/d " {
			t.Errorf("%v: %q, %v", args, got.User.URL.Reveal(), err)
		}
	}
	for name, path := range map[string]string{
		"missing": good + "x", "empty": write(t, 0o600, "\n"), "readable": write(t, 0o644, "hunter2"), "a folder": t.TempDir(),
	} {
		dst := defaults()
		_, err := config.Load(nil, []string{"TODOKIT_USER_DATABASE_URL_FILE=" + path}, program, &dst)
		if err == nil || !strings.Contains(err.Error(), "user.database.url") || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", name, err)
		}
	}
	dst := defaults()
	both := []string{"TODOKIT_USER_DATABASE_URL_FILE=" + good, "TODOKIT_USER_DATABASE_URL=hunter2"}
	if _, err := config.Load(nil, both, program, &dst); err == nil || !strings.Contains(err.Error(), "user.database.url_file") {
		t.Errorf("both ways at once: %v", err)
	}
}

func TestSecret_Print_IsRedacted(t *testing.T) {
	t.Parallel()
	secret := config.NewSecret("hunter2")
	inside := struct {
		Public  config.Secret
		private config.Secret
	}{secret, secret}
	encoded, err := json.Marshal(map[string]any{"a": secret, "b": &secret, "c": inside})
	if err != nil {
		t.Fatal(err)
	}
	printed := []string{string(encoded), secret.String()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t"} {
		printed = append(printed, fmt.Sprintf(verb, secret), fmt.Sprintf(verb, &secret), fmt.Sprintf(verb, inside),
			fmt.Sprintf(verb, []config.Secret{secret}))
	}
	for _, text := range printed {
		if strings.Contains(text, "hunter2") || strings.Contains(strings.ToLower(text), "68756e74657232") {
			t.Errorf("printed %s", text)
		}
	}
	if secret.Reveal() != "hunter2" || secret.Empty() || !(config.Secret{}).Empty() {
		t.Error("a secret does not keep its text")
	}
}

func TestLoad_ShortSecret_IsRefused(t *testing.T) {
	t.Parallel()
	for name, environ := range map[string]string{
		"variable": "TODOKIT_PASSWORD=hunter2",
		"file":     "TODOKIT_PASSWORD_FILE=" + write(t, 0o600, "hunter2\n"),
		"YAML":     "TODOKIT_CONFIG=" + write(t, 0o600, "password: hunter2\n"),
	} {
		var dst guarded
		_, err := config.Load(nil, []string{environ}, program, &dst)
		if err == nil || !strings.Contains(err.Error(), "password (TODOKIT_PASSWORD): is too short") || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", name, err)
		}
		if !dst.Password.Empty() {
			t.Errorf("%s: it was taken", name)
		}
	}
	var dst guarded
	if _, err := config.Load(nil, []string{"TODOKIT_PASSWORD=日本日本日本日本"}, program, &dst); err != nil {
		t.Errorf("eight characters: %v", err)
	}
	if _, err := config.Load(nil, nil, program, &dst); err != nil {
		t.Errorf("none, where none is needed: %v", err)
	}
}

func TestLoad_SecretInOpenFile_IsRefused(t *testing.T) {
	t.Parallel()
	for mode, refused := range map[os.FileMode]bool{0o644: true, 0o602: true, 0o640: false, 0o600: false} {
		for _, content := range []string{"user: {database: {url: 'mysql://u:hunter2@h/d'}}", "user.database.url: # to be filled in"} {
			dst := defaults()
			_, err := config.Load([]string{"--config", write(t, mode, content)}, nil, program, &dst)
			if (err != nil) != refused || err != nil && (!strings.Contains(err.Error(), "user.database.url (") || strings.Contains(err.Error(), "hunter2")) {
				t.Errorf("%o %s: %v", mode, content, err)
			}
		}
	}
}

// What a file and a variable may hold, no value of a secret may get into an
// error, a warning or a dump, and nothing may panic.
func FuzzLoad(f *testing.F) {
	for _, yaml := range []string{
		"", "http: {addr: ':1', timeout: 3s, tls: yes}", "user: {database: {url: hunter2-and-more, max_open: 5}}", "user.database.url: [hunter2-and-more]",
		"a: &a [*a]", "? {x: y}\n: z", "user: {database: {url_file: /dev/null}}", "rate: .inf", "etcd.endpoints: [1, null]", "\x00", "- x", "1: 2", "http: x\nhttp.addr: y", "x: !!binary aGk=",
	} {
		f.Add(yaml, "5", "10.5")
	}
	f.Fuzz(func(t *testing.T, yaml, conns, rate string) {
		if strings.ContainsAny(conns+rate, "\x00") || len(yaml) > 64<<10 {
			t.Skip("no process is started like this")
		}
		file := write(t, 0o600, yaml)
		dst := defaults()
		warnings, err := config.Load([]string{"--config=" + file}, []string{
			"TODOKIT_USER_DATABASE_MAX_OPEN=" + conns, "TODOKIT_RATE=" + rate, "TODOKIT_TASK_DATABASE_URL=swordfish-in-env",
		}, program, &dst)
		for _, told := range []string{fmt.Sprint(err), fmt.Sprint(warnings), fmt.Sprintf("%#v", dst)} {
			if strings.Contains(told, "swordfish") || strings.Contains(told, "hunter2-and-more") && !strings.Contains(conns+rate, "hunter2") {
				t.Errorf("it tells: %.500s", told)
			}
		}
		if err == nil && dst.Task.URL.Reveal() != "swordfish-in-env" {
			t.Error("the variable was lost")
		}
	})
}
