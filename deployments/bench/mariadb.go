package main

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"

	"github.com/go-sql-driver/mysql"
)

// mariadb is a server of our own, with the settings of a small one that keeps
// what it has acknowledged.
type mariadb struct {
	*process
	address, password string
}

const dbUser = "todokit"

// startMariaDB makes the data, and starts the server.
func (h *house) startMariaDB(ctx context.Context) (*mariadb, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	m := &mariadb{address: address, password: randomText()}
	account, err := h.installMariaDB(ctx, m.password)
	if err != nil {
		return nil, err
	}
	server, err := tool("mariadbd")
	if err != nil {
		return nil, err
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	dir := h.file("mariadb")
	m.process, err = h.start(program{name: "mariadb", path: server, account: account, args: []string{
		"--no-defaults", "--datadir=" + dir + "/data", "--tmpdir=" + dir, "--socket=" + dir + "/socket", "--pid-file=" + dir + "/pid",
		"--bind-address=127.0.0.1", "--port=" + port, "--skip-name-resolve", "--init-file=" + dir + "/init.sql", "--max-connections=500",
		"--skip-log-bin", "--performance-schema=off", "--innodb-flush-log-at-trx-commit=1",
		"--innodb-buffer-pool-size=512M", "--innodb-log-file-size=256M",
	}})
	if err != nil {
		return nil, err
	}
	db, err := m.open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }()
	return m, m.whenReady(ctx, db.PingContext)
}

// installMariaDB makes the folder of the data, and says who the server is to
// run as: it refuses to be root.
func (h *house) installMariaDB(ctx context.Context, password string) (*syscall.Credential, error) {
	dir := h.file("mariadb")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	create := fmt.Sprintf("CREATE USER %s@'%%' IDENTIFIED BY '%s';\nGRANT ALL ON *.* TO %[1]s@'%%';\n", dbUser, password)
	if err := os.WriteFile(dir+"/init.sql", []byte(create), 0o600); err != nil {
		return nil, err
	}
	var account *syscall.Credential
	if os.Getuid() == 0 {
		var err error
		if account, err = handOver(dir, dir+"/init.sql"); err != nil {
			return nil, err
		}
	}
	path, err := tool("mariadb-install-db")
	if err != nil {
		return nil, err
	}
	install := exec.CommandContext(ctx, path, "--no-defaults", "--datadir="+dir+"/data", "--auth-root-authentication-method=normal", "--force", "--skip-test-db") //nolint:gosec // no input of others
	install.Dir = dir
	install.SysProcAttr = &syscall.SysProcAttr{Credential: account}
	if out, err := install.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("mariadb-install-db: %w\n%s", err, out)
	}
	return account, nil
}

// handOver gives files to an account that is not root.
func handOver(names ...string) (*syscall.Credential, error) {
	owner, err := user.Lookup("mysql")
	if err != nil {
		owner, err = user.Lookup("nobody")
	}
	if err != nil {
		return nil, fmt.Errorf("an account for MariaDB: %w", err)
	}
	uid, err := strconv.ParseUint(owner.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(owner.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if err := os.Chown(name, int(uid), -1); err != nil {
			return nil, err
		}
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

// dsn is how go-sql-driver reaches a database of the server.
func (m *mariadb) dsn(database string) string {
	cfg := mysql.NewConfig()
	cfg.User, cfg.Passwd, cfg.Net, cfg.Addr, cfg.DBName = dbUser, m.password, "tcp", m.address, database
	return cfg.FormatDSN()
}

// url is how todokit reaches it.
func (m *mariadb) url(database string) string {
	return fmt.Sprintf("mysql://%s:%s@%s/%s", dbUser, m.password, m.address, database)
}

func (m *mariadb) open() (*sql.DB, error) {
	cfg, err := mysql.ParseDSN(m.dsn(""))
	if err != nil {
		return nil, err
	}
	cfg.Logger = &mysql.NopLogger{} // it does not answer at once
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}

// create makes databases.
func (m *mariadb) create(ctx context.Context, names ...string) error {
	db, err := m.open()
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	for _, name := range names {
		if _, err := db.ExecContext(ctx, "CREATE DATABASE "+name); err != nil {
			return fmt.Errorf("create the database %s: %w", name, err)
		}
	}
	return nil
}
