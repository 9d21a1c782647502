package database

import (
	"database/sql/driver"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
	"modernc.org/sqlite"
)

// IsMySQL reports whether db is MySQL or MariaDB, for the few statements that
// have no common form (upsert, FOR UPDATE, DELETE … LIMIT).
func IsMySQL(db bun.IDB) bool { return db.Dialect().Name() == dialect.MySQL }

// lowerFunction is what our SQLite connections call Unicode's lower case;
// SQLite's own lower() knows ASCII only.
const lowerFunction = "todokit_lower"

// LowerExpr returns the expression that lower-cases its argument, for a
// search in any case that finds the same on both kinds of database:
//
//	q.Where("INSTR("+database.LowerExpr(db)+", ?) > 0", bun.Ident("title"), strings.ToLower(text))
//
// The result is compared byte by byte. INSTR, which both have, needs no
// escaping of % and _ as LIKE does.
func LowerExpr(db bun.IDB) string {
	if IsMySQL(db) {
		// The tables of this collation reach beyond the first 65,536 characters.
		return "LOWER(? COLLATE utf8mb4_unicode_520_ci) COLLATE utf8mb4_bin"
	}
	return lowerFunction + "(?)"
}

// lower is lowerFunction: NULL stays NULL, anything but text is returned as it is.
func lower(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
	if s, ok := args[0].(string); ok {
		return strings.ToLower(s), nil
	}
	return args[0], nil
}
