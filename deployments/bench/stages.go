package main

import (
	"context"
	"os"
	"slices"
	"time"
)

// The names of what is measured beside the workloads.
const (
	steadyName     = "steady mix"
	standaloneName = "standalone mix"
)

// overMariaDB measures todokit's separate processes.
func (b *bench) overMariaDB(ctx context.Context) error {
	chosen := b.chosen()
	if len(chosen) == 0 {
		return nil
	}
	p, err := b.startPair(ctx)
	if err != nil {
		return err
	}
	if err := p.check(ctx, workloads()); err != nil {
		return err
	}
	for _, w := range chosen {
		r, err := b.measure(ctx, p, w, b.wrk.with(w.few))
		if err != nil {
			return err
		}
		b.report.add(r)
		if w.name == mixName && b.which.MatchString(steadyName) {
			if err := b.steady(ctx, p, w, r); err != nil {
				return err
			}
		}
	}
	return nil
}

// chosen are the workloads that were asked for.
func (b *bench) chosen() (some []workload) {
	for _, w := range workloads() {
		if b.which.MatchString(w.name) || w.name == mixName && b.which.MatchString(steadyName) {
			some = append(some, w)
		}
	}
	return some
}

// steady measures both sides at half of the load that the slower one can take.
func (b *bench) steady(ctx context.Context, p *pair, w workload, peak result) error {
	by, err := newSteady(min(peak.of("todokit", reading.rate), peak.of("bare", reading.rate)) / 2)
	if err != nil {
		return err
	}
	w.name = steadyName
	r, err := b.measure(ctx, p, w, by)
	if err == nil {
		b.report.add(r)
	}
	return err
}

// startPair starts both sides over one MariaDB.
func (b *bench) startPair(ctx context.Context) (*pair, error) {
	say("starting MariaDB, and filling it …")
	m, err := b.house.startMariaDB(ctx)
	if err != nil {
		return nil, err
	}
	p := &pair{database: "MariaDB", server: m.process, crowd: newCrowd(b.size, time.Now())}
	if err = m.create(ctx, userDatabase, taskDatabase, bareDatabase); err != nil {
		return nil, err
	}
	if err = p.crowd.seed(ctx, m.url(userDatabase), m.url(taskDatabase), m.url(bareDatabase)); err != nil {
		return nil, err
	}
	if p.todokit, err = b.house.startSeparate(ctx, b.bin, m, b.flags); err != nil {
		return nil, err
	}
	if p.bare, err = b.house.startBare(ctx, "bare", m.dsn(bareDatabase)); err != nil {
		return nil, err
	}
	say("signing everyone in …")
	return p, p.crowd.signIn(ctx, p.todokit.base)
}

// overSQLite measures todokit as one process, with SQLite files.
func (b *bench) overSQLite(ctx context.Context) error {
	if !b.which.MatchString(standaloneName) {
		return nil
	}
	p, err := b.startFiles(ctx)
	if err != nil {
		return err
	}
	all := workloads()
	if err = p.check(ctx, all); err != nil {
		return err
	}
	w := all[slices.IndexFunc(all, func(w workload) bool { return w.name == mixName })]
	w.name = standaloneName
	r, err := b.measure(ctx, p, w, b.wrk)
	if err == nil {
		b.report.add(r)
	}
	return err
}

// startFiles starts both sides over files of their own.
func (b *bench) startFiles(ctx context.Context) (*pair, error) {
	say("filling the SQLite files …")
	dir, file := b.house.file("standalone"), b.house.file("bare.db")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	p := &pair{database: "SQLite", crowd: newCrowd(b.size, time.Now())}
	err := p.crowd.seed(ctx, "sqlite:"+dir+"/user.db", "sqlite:"+dir+"/task.db", "sqlite:"+file)
	if err != nil {
		return nil, err
	}
	if p.todokit, err = b.house.startStandalone(ctx, b.bin, dir, b.flags); err != nil {
		return nil, err
	}
	if p.bare, err = b.house.startBare(ctx, "bare", "sqlite:"+file); err != nil {
		return nil, err
	}
	say("signing everyone in …")
	return p, p.crowd.signIn(ctx, p.todokit.base)
}
