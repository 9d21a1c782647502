package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// describe notes what is measured, and on what kind of machine; not on which.
func (rep *report) describe(ctx context.Context) error {
	memory, err := memoryOf("/proc/meminfo")
	if err != nil {
		return err
	}
	kernel, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return err
	}
	rep.facts = [][2]string{
		{"date", time.Now().UTC().Format("2006-01-02 15:04 UTC")},
		{"commit", commit(ctx)},
		{"command", "`" + rep.options.line + "`"},
		{"processor", fmt.Sprintf("%s, %d cores", processor(), runtime.NumCPU())},
		{"memory", fmt.Sprintf("%.0f GB", float64(memory)/1e9)},
		{"kernel", runtime.GOOS + " " + strings.TrimSpace(string(kernel)) + ", " + runtime.GOARCH},
		{"Go", strings.TrimPrefix(runtime.Version(), "go")},
		{"MariaDB", version(ctx, "mariadbd", "--version")},
		{"etcd", version(ctx, "etcd", "--version")},
		{"wrk", version(ctx, "wrk", "-v")},
	}
	return nil
}

// processor is what the first core calls itself.
func processor() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for l := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(l, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

// memoryOf reads MemTotal, and returns bytes.
func memoryOf(file string) (int64, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	for l := range strings.Lines(string(text)) {
		if f := strings.Fields(l); len(f) > 1 && f[0] == "MemTotal:" {
			kB, err := strconv.ParseInt(f[1], 10, 64)
			return kB * 1024, err
		}
	}
	return 0, fmt.Errorf("%s has no MemTotal", file)
}

// version is the first number in what a program says of itself.
func version(ctx context.Context, name string, arg string) string {
	path, err := tool(name)
	if err != nil {
		return "none"
	}
	out, _ := exec.CommandContext(ctx, path, arg).CombinedOutput() //nolint:gosec // wrk says it as well, and then fails
	return firstVersion(string(out))
}

func firstVersion(text string) string {
	if found := regexp.MustCompile(`\d+\.\d+(\.\d+)?`).FindString(text); found != "" {
		return found
	}
	return "unknown"
}

// commit is the one that the tree is at.
func commit(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}
