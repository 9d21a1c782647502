package chaos_test

import (
	"database/sql"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	_ "github.com/go-sql-driver/mysql"
)

// mariadb is a server of our own, since it is killed and frozen. All
// scenarios use the same, each with databases of its own.
type mariadb struct {
	path, dir, address string
	account            *syscall.Credential // that root hands the server to; nil: our own
	proc               *process
	databases          int
}

const (
	dbUser     = "todokit"
	dbPassword = "chaos"
)

// shared is the server, once a scenario has needed it.
var shared *mariadb

// startMariaDB starts the server, or returns the one that runs already.
func startMariaDB(t *testing.T) *mariadb {
	t.Helper()
	path, install := tool(t, "mariadbd"), tool(t, "mariadb-install-db")
	if shared == nil {
		m := &mariadb{path: path, dir: filepath.Join(folder, "mariadb"), address: freeAddress(t)}
		m.initialize(t, install)
		shared = m
	}
	if shared.proc == nil || !shared.proc.running() {
		shared.start(t)
	}
	return shared
}

func stopMariaDB() {
	if shared != nil && shared.proc != nil {
		shared.proc.kill()
	}
}

// initialize makes the folder of the data, and whoever will own it.
func (m *mariadb) initialize(t *testing.T, installer string) {
	t.Helper()
	if err := os.Mkdir(m.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	create := fmt.Sprintf("CREATE USER %s@'%%' IDENTIFIED BY '%s';\nGRANT ALL ON *.* TO %[1]s@'%%';\n", dbUser, dbPassword)
	if err := os.WriteFile(m.file("init.sql"), []byte(create), 0o600); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 {
		m.changeOwner(t)
	}
	install := exec.Command(installer, "--no-defaults", "--datadir="+m.file("data"), "--auth-root-authentication-method=normal", "--force", "--skip-test-db")
	install.Dir = m.dir
	install.SysProcAttr = &syscall.SysProcAttr{Credential: m.account}
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("mariadb-install-db: %v\n%s", err, out)
	}
}

// changeOwner gives the folder to an account that is not root, as whom the server
// refuses to run.
func (m *mariadb) changeOwner(t *testing.T) {
	t.Helper()
	owner, err := user.Lookup("mysql")
	if err != nil {
		owner, err = user.Lookup("nobody")
	}
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.Atoi(owner.Uid)
	gid, _ := strconv.Atoi(owner.Gid)
	m.account = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	for _, name := range []string{m.dir, m.file("init.sql")} {
		if err := os.Chown(name, uid, -1); err != nil {
			t.Fatal(err)
		}
	}
}

func (m *mariadb) file(name string) string { return filepath.Join(m.dir, name) }

// start starts the server, which waits for the disk at each commit, as it does
// for users, and waits for its answer.
func (m *mariadb) start(t *testing.T) {
	t.Helper()
	_, port, err := net.SplitHostPort(m.address)
	if err != nil {
		t.Fatal(err)
	}
	args := []string{
		"--no-defaults", "--datadir=" + m.file("data"), "--tmpdir=" + m.dir, "--socket=" + m.file("socket"), "--pid-file=" + m.file("pid"),
		"--bind-address=127.0.0.1", "--port=" + port, "--skip-name-resolve", "--max-connections=500",
		"--skip-log-bin", "--performance-schema=off", "--innodb-log-file-size=32M", "--innodb-buffer-pool-size=128M",
	}
	if _, err = os.Stat(m.file("ready")); err != nil {
		args = append(args, "--init-file="+m.file("init.sql"))
	}
	m.proc = launch(t, "mariadbd", filepath.Join(folder, "mariadb.log"), m.path, os.Environ(), m.account, args...)
	db := m.open(t)
	defer db.Close()
	eventually(t, "MariaDB is ready", func() error {
		if !m.proc.running() {
			t.Fatalf("mariadbd ended: %v\n%s", m.proc.err, m.proc.tail(20))
		}
		return db.PingContext(t.Context())
	})
	if err = os.WriteFile(m.file("ready"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

func (m *mariadb) open(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open("mysql", fmt.Sprintf("%s:%s@tcp(%s)/", dbUser, dbPassword, m.address))
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// database makes a database and returns its URL by way of an address. It goes
// with the server.
func (m *mariadb) database(t *testing.T, address string) string {
	t.Helper()
	m.databases++
	name := fmt.Sprintf("chaos_%d", m.databases)
	db := m.open(t)
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("mysql://%s:%s@%s/%s", dbUser, dbPassword, address, name)
}
