package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"time"
)

// describe says what is measured, and on what kind of machine; not on which.
// What cannot be found out shows as nothing.
func describe(ctx context.Context, o options) [][2]string {
	cpu, _ := os.ReadFile("/proc/cpuinfo")
	memory, _ := os.ReadFile("/proc/meminfo")
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	total, _ := parseBytes(string(memory), "MemTotal")
	facts := [][2]string{
		{"date", time.Now().UTC().Format("2006-01-02 15:04 UTC")},
		{"commit", output(ctx, o.bin+"/gatewaysvc", "--version")},
		{"old commit", output(ctx, o.Old+"/gatewaysvc", "--version")},
		{"options", o.given},
		{"processor", fmt.Sprintf("%s, %d cores", procField(string(cpu), "model name"), runtime.NumCPU())},
		{"memory", fmt.Sprintf("%.0f GB", float64(total)/1e9)},
		{"kernel", runtime.GOOS + " " + strings.TrimSpace(string(kernel)) + ", " + runtime.GOARCH},
		{"Go", strings.TrimPrefix(runtime.Version(), "go")},
	}
	for _, tool := range [][2]string{{"MariaDB", "mariadbd"}, {"etcd", "etcd"}, {"wrk", "wrk"}} {
		facts = append(facts, [2]string{tool[0], firstVersion(output(ctx, tool[1], "--version"))})
	}
	return facts
}

// output is what a program says of itself; wrk fails afterwards.
func output(ctx context.Context, path, arg string) string {
	out, _ := exec.CommandContext(ctx, path, arg).CombinedOutput() //nolint:gosec // our own arguments
	return strings.TrimSpace(string(out))
}

// firstVersion is the first number in a text that looks like a version.
func firstVersion(text string) string { return regexp.MustCompile(`\d+\.\d+(\.\d+)?`).FindString(text) }
