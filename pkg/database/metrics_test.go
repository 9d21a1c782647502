package database_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/uptrace/bun"

	"todokit/pkg/database"
	"todokit/pkg/database/databasetest"
)

func TestMetrics_Operations_ByKindAndTableWithoutText(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewPedanticRegistry()
	url := databasetest.SQLiteURL(t)
	for range 2 { // a database may be opened again
		db, err := database.Open(t.Context(), database.Options{URL: url, Registerer: reg})
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Migrate(t.Context(), "test", migrations()); err != nil {
			t.Fatal(err)
		}
		use(t, db)
		if n, err := testutil.GatherAndCount(reg, "go_sql_open_connections"); err != nil || n != 2 {
			t.Errorf("%d pools (%v), want a writer's and a reader's", n, err)
		}
		if problems, err := testutil.GatherAndLint(reg); err != nil || len(problems) > 0 {
			t.Error(problems, err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	want := `
# HELP todokit_sql_operation_errors_total SQL operations that failed, by operation, table and what went wrong.
# TYPE todokit_sql_operation_errors_total counter
todokit_sql_operation_errors_total{code="DUPLICATE",database="test",operation="insert",table="notes"} 2
todokit_sql_operation_errors_total{code="INTERNAL",database="test",operation="delete",table=""} 2
`
	if err := testutil.GatherAndCompare(reg, strings.NewReader(want), "todokit_sql_operation_errors_total"); err != nil {
		t.Error(err)
	}
	got := observed(t, reg)
	for _, want := range []string{
		"insert notes", "select notes", "update notes", "delete ", "begin ", "commit ", "rollback ", "other ", "select ",
	} {
		if !got[want] {
			t.Errorf("no observation of %q", want)
		}
		delete(got, want)
	}
	if len(got) > 0 {
		t.Errorf("there is more than expected: %v", got)
	}
}

func use(t *testing.T, db *database.DB) {
	t.Helper()
	n := insert(t, db, note{Owner: ulid.Make(), Title: "private words"})
	_, _ = db.W.NewInsert().Model(&n).Exec(t.Context())
	if titleOf(t, db, n) != "private words" {
		t.Error("not there")
	}
	_ = db.R.NewSelect().Model(&note{Owner: n.Owner, ID: ulid.Make(), Made: time.Now()}).WherePK().Scan(t.Context()) // no rows: no error
	for _, title := range []string{"changed", ""} {
		_ = db.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			if title == "" {
				return context.Canceled
			}
			return setTitle(ctx, tx, n, title)
		})
	}
	_, _ = db.W.NewRaw("DELETE FROM missing WHERE title = ?", "private words").Exec(t.Context())
	_, _ = db.W.ExecContext(t.Context(), "PRAGMA optimize")
	_, _ = db.W.ExecContext(t.Context(), "SELECT 1")
}

// observed returns "operation table" of every histogram.
func observed(t *testing.T, reg *prometheus.Registry) map[string]bool {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, family := range families {
		if family.GetName() != "todokit_sql_operation_duration_seconds" {
			continue
		}
		for _, m := range family.GetMetric() {
			labels := map[string]string{}
			for _, label := range m.GetLabel() {
				labels[label.GetName()] = label.GetValue()
			}
			found[labels["operation"]+" "+labels["table"]] = true
		}
	}
	return found
}
