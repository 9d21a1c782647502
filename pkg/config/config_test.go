package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"todokit/pkg/config"
)

type listen struct {
	Addr    string        `config:"http.addr" usage:"where to listen"`
	Timeout time.Duration `config:"http.timeout" usage:"for a request"`
	TLS     bool          `config:"http.tls" usage:"whether to encrypt"`
}

// Validate refuses an empty address.
func (l listen) Validate() error {
	if l.Addr == "" {
		return config.Invalid("http.addr", "must not be empty")
	}
	return nil
}

type store struct {
	URL   config.Secret `config:"database.url" usage:"where the data is"`
	Conns int           `config:"database.max_open" usage:"most connections"`
}

// Validate refuses nonsense, all of it at once.
func (s *store) Validate() error {
	var found []error
	if s.URL.Empty() {
		found = append(found, config.Invalid("database.url", "is required"))
	}
	if s.Conns < 0 {
		found = append(found, config.Invalid("database.max_open", "must not be negative, as %d is", s.Conns))
	}
	return errors.Join(found...)
}

type settings struct {
	listen
	Endpoints []string `config:"etcd.endpoints" usage:"of etcd"`
	Rate      float64  `config:"rate" usage:"of sampling"`
	User      store    `config:"user"`
	Task      store    `config:"task"`
}

func defaults() settings {
	s := settings{listen: listen{Addr: ":8080", Timeout: 2 * time.Second}, Endpoints: []string{"a:1", "b:2"}}
	s.User.URL, s.Task.URL = config.NewSecret("sqlite:user.db"), config.NewSecret("sqlite:task.db")
	return s
}

var program = config.Program{Name: "demo", Doc: "demo shows.", Version: "v1.2.3"}

func write(t *testing.T, mode os.FileMode, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil { // whatever the umask is
		t.Fatal(err)
	}
	return path
}

func TestLoad_SeveralSources_FlagThenVariableThenFile(t *testing.T) {
	t.Parallel()
	file := write(t, 0o644, `
http: {addr: "file:1", timeout: 3s, tls: true}
etcd.endpoints: [x:1, "y:2"]
rate: 0.5
user:
  database:
    max_open: 7
task:
# nothing
`)
	got := defaults()
	args := []string{"--config", file, "--http.addr=flag:1", "--task.database.max_open", "9"}
	environ := []string{
		"TODOKIT_HTTP_ADDR=env:1", "TODOKIT_HTTP_TIMEOUT=4s", "TODOKIT_USER_DATABASE_URL=mysql://u:p@h/d",
		"TODOKIT_RATE=", "PATH=/bin", "TODOKIT_TASK_PORT=tcp://10.0.0.1:1",
	}
	warnings, err := config.Load(args, environ, program, &got)
	if err != nil {
		t.Fatal(err)
	}
	want := defaults()
	want.listen = listen{Addr: "flag:1", Timeout: 4 * time.Second, TLS: true}
	want.Endpoints, want.Rate = []string{"x:1", "y:2"}, 0.5
	want.User = store{URL: config.NewSecret("mysql://u:p@h/d"), Conns: 7}
	want.Task.Conns = 9
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if len(warnings) != 1 || !strings.Contains(warnings[0], "TODOKIT_TASK_PORT") || strings.Contains(warnings[0], "10.0.0.1") {
		t.Errorf("warnings: %q", warnings)
	}
}

func TestLoad_List_FromEachSource(t *testing.T) {
	t.Parallel()
	file := write(t, 0o600, "etcd: {endpoints: 'c:3, d:4,'}\n")
	for _, c := range []struct {
		args, environ []string
		want          []string
	}{
		{nil, []string{"TODOKIT_CONFIG=" + file}, []string{"c:3", "d:4"}},
		{nil, []string{"TODOKIT_ETCD_ENDPOINTS=e:5,f:6"}, []string{"e:5", "f:6"}},
		{[]string{"--etcd.endpoints=g:7,h:8", "--etcd.endpoints", "i:9"}, nil, []string{"g:7", "h:8", "i:9"}},
		{[]string{"--etcd.endpoints="}, []string{"TODOKIT_ETCD_ENDPOINTS=e:5"}, []string{}},
	} {
		got := defaults()
		if _, err := config.Load(c.args, c.environ, program, &got); err != nil || !reflect.DeepEqual(got.Endpoints, c.want) {
			t.Errorf("%v %v: %q, %v", c.args, c.environ, got.Endpoints, err)
		}
	}
}

func TestLoad_BadValue_KeyIsNamed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args, environ []string
		file          string
		want          string
	}{
		"unknown flag":     {args: []string{"--http.adr=x"}, want: "http.adr"},
		"argument":         {args: []string{"start"}, want: `"start"`},
		"flag, no value":   {args: []string{"--http.addr"}, want: "http.addr"},
		"secret as flag":   {args: []string{"--user.database.url=hunter2"}, want: "TODOKIT_USER_DATABASE_URL"},
		"bad duration":     {environ: []string{"TODOKIT_HTTP_TIMEOUT=2"}, want: "http.timeout (TODOKIT_HTTP_TIMEOUT)"},
		"bad integer":      {args: []string{"--user.database.max_open=many"}, want: "user.database.max_open"},
		"bad bool":         {args: []string{"--http.tls=perhaps"}, want: "http.tls"},
		"bad float":        {args: []string{"--rate=x"}, want: "rate"},
		"empty flag":       {args: []string{"--rate="}, want: "rate"},
		"unknown key":      {file: "http: {adr: x}", want: "http.adr"},
		"unknown section":  {file: "htpt: {addr: x}", want: "htpt.addr"},
		"unknown heading":  {file: "htpt:\n#  addr: x", want: "htpt ("},
		"unknown in known": {file: "user: {databse: ~}", want: "user.databse"},
		"unknown empty":    {file: "rate: 1\nuser: {database: {url: ~, urll: {}}}", want: "user.database.urll"},
		"half a heading":   {file: "us: ~", want: "us ("},
		"value of section": {file: "http: x", want: "http ("},
		"key of value":     {file: "http: {addr: {x: y}}", want: "http.addr.x"},
		"number as key":    {file: "etcd.endpoints: {1: x}", want: "etcd.endpoints.1"},
		"empty key":        {file: "rate: {'': 1}", want: "rate."},
		"number as text":   {file: "http: {addr: 0123}", want: "http.addr"},
		"number as secret": {file: "user: {database: {url: 8123}}", want: "user.database.url"},
		"list as value":    {file: "rate: ['1']", want: "rate"},
		"float as integer": {file: "task: {database: {max_open: 1.5}}", want: "task.database.max_open"},
		"no YAML":          {file: "\t{", want: "config"},
		"a list":           {file: "- a", want: "config"},
		"twice":            {file: "rate: 1\nrate: 2", want: "rate"},
		"no file":          {args: []string{"--config=/does/not/exist.yaml"}, want: "/does/not/exist.yaml"},
		"invalid":          {args: []string{"--http.addr="}, want: "http.addr (TODOKIT_HTTP_ADDR): must not be empty"},
		"invalid nested":   {args: []string{"--task.database.max_open=-1"}, want: "task.database.max_open (TODOKIT_TASK_DATABASE_MAX_OPEN)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.file != "" {
				c.args = append(c.args, "--config", write(t, 0o600, c.file))
			}
			dst := defaults()
			_, err := config.Load(c.args, c.environ, program, &dst)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("the error does not show %s: %v", c.want, err)
			}
			if strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "8123") {
				t.Errorf("the error shows the secret: %v", err)
			}
		})
	}
}

func TestLoad_SeveralBadKeys_EachIsNamedOnce(t *testing.T) {
	t.Parallel()
	dst := defaults()
	dst.Addr, dst.User.URL, dst.User.Conns = "", config.Secret{}, -1
	_, err := config.Load(nil, nil, program, &dst)
	if err == nil {
		t.Fatal("no error")
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != 3 {
		t.Errorf("%d lines, want 3:\n%v", len(lines), err)
	}
	if e, ok := errors.AsType[*config.KeyError](err); !ok || e.Key == "" {
		t.Errorf("no key in %v", err)
	}
}

func TestLoad_HelpOrVersion_ReturnsOutput(t *testing.T) {
	t.Parallel()
	for arg, want := range map[string][]string{
		"--version": {"demo v1.2.3\n"},
		"-h":        {"demo shows."},
		"--help": {
			"--http.addr  TODOKIT_HTTP_ADDR\n        where to listen (default :8080)", "(default 2s)", "(default a:1,b:2)", "(default false)",
			"user.database.url (a secret: no flag)  TODOKIT_USER_DATABASE_URL", "--user.database.url_file  TODOKIT_USER_DATABASE_URL_FILE",
			"--task.database.max_open  TODOKIT_TASK_DATABASE_MAX_OPEN", "--config  TODOKIT_CONFIG",
		},
	} {
		dst := defaults()
		dst.User.URL = config.NewSecret("hunter2")
		_, err := config.Load([]string{arg}, nil, program, &dst)
		output, ok := errors.AsType[*config.Output](err)
		if !ok {
			t.Fatalf("%s: %v", arg, err)
		}
		for _, text := range want {
			if !strings.Contains(output.Text, text) {
				t.Errorf("%s does not show %q:\n%s", arg, text, output.Text)
			}
		}
		if strings.Contains(output.Text, "hunter2") {
			t.Errorf("%s shows the secret", arg)
		}
	}
}

func TestLoad_BadStruct_IsRefused(t *testing.T) {
	t.Parallel()
	for name, dst := range map[string]any{
		"no pointer": settings{},
		"a kind that cannot be set": &struct {
			X chan int `config:"x"`
		}{},
		"one variable for two keys": &struct {
			A string `config:"a.b_c"`
			B string `config:"a.b.c"`
		}{},
		"a key of ours": &struct {
			A string `config:"config"`
		}{},
	} {
		if _, err := config.Load(nil, nil, program, dst); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestLoad_KeyTwiceInFile_IsRefused(t *testing.T) {
	t.Parallel()
	file := write(t, 0o600, "http: {addr: ':1'}\nhttp.addr: ':2'\n")
	dst := defaults()
	_, err := config.Load([]string{"--config", file}, nil, program, &dst)
	if wrong, ok := errors.AsType[*config.KeyError](err); !ok || wrong.Key != "http.addr" {
		t.Errorf("got %v, want an error about http.addr", err)
	}
}

func TestLoad_KeyWithoutValueInFile_IsNotSet(t *testing.T) {
	t.Parallel()
	file := write(t, 0o600, "http: {addr: ~}\nrate: {}\nuser: {database: {url: ~, url_file: ''}}\ntask:\n#  database:\n")
	dst := defaults()
	if _, err := config.Load([]string{"--config", file}, nil, program, &dst); err != nil || !reflect.DeepEqual(dst, defaults()) {
		t.Errorf("got %+v, %v", dst, err)
	}
}

func TestLoad_ConfigFile_FlagThenVariable(t *testing.T) {
	t.Parallel()
	one, two := write(t, 0o600, "rate: 1\n"), write(t, 0o600, "rate: 2\n")
	for _, c := range []struct {
		args, environ []string
		want          float64
	}{
		{nil, nil, 0},
		{nil, []string{"TODOKIT_CONFIG=" + one}, 1},
		{nil, []string{"TODOKIT_CONFIG="}, 0},
		{nil, []string{"TODOKIT_CONFIG=" + one, "TODOKIT_CONFIG=" + two}, 2}, // the last one, as with any other
		{[]string{"--config", two}, []string{"TODOKIT_CONFIG=" + one}, 2},
		{[]string{"--config="}, []string{"TODOKIT_CONFIG=" + one}, 1},
	} {
		got := defaults()
		warnings, err := config.Load(c.args, c.environ, program, &got)
		if err != nil || len(warnings) > 0 || got.Rate != c.want {
			t.Errorf("%q %q: rate %v, want %v; %v, %q", c.args, c.environ, got.Rate, c.want, err, warnings)
		}
	}
}

func TestLoad_Section_IsSetToItsKey(t *testing.T) {
	t.Parallel()
	type database struct {
		Section config.Section
		URL     string `config:"url"`
	}
	type service struct {
		Section  config.Section
		Database database `config:"database"`
	}
	var dst struct {
		Section config.Section
		User    service `config:"user"`
		Plain   database
	}
	if _, err := config.Load(nil, nil, program, &dst); err != nil {
		t.Fatal(err)
	}
	err := dst.User.Database.Section.Invalid("url", "is %s", "bad")
	if wrong, ok := errors.AsType[*config.KeyError](err); !ok || wrong.Key != "user.database.url" || wrong.Err.Error() != "is bad" {
		t.Errorf("got %v", err)
	}
	if dst.Section != "" || dst.Plain.Section != "" || dst.User.Section != "user" {
		t.Errorf("got %+v", dst)
	}
	if err := dst.Plain.Section.Invalid("url", "is bad"); !strings.HasPrefix(err.Error(), "url (TODOKIT_URL)") {
		t.Errorf("got %v", err)
	}
}
