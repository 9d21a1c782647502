package database

import (
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
)

// IsMySQL reports whether db is MySQL or MariaDB, for the few statements that
// have no common form (upsert, FOR UPDATE, DELETE … LIMIT).
func IsMySQL(db bun.IDB) bool { return db.Dialect().Name() == dialect.MySQL }
