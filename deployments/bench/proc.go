package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// use returns the processor time that a process has taken so far, and how many
// bytes of memory it has.
func (p *process) use() (cpu time.Duration, resident int64, err error) {
	stat, errStat := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.pid))
	status, errStatus := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.pid))
	if err = errors.Join(errStat, errStatus); err != nil {
		return 0, 0, fmt.Errorf("%s ended: %w\n%s", p.name, err, p.tail())
	}
	cpu, errCPU := parseCPU(string(stat))
	resident, errResident := parseBytes(string(status), "VmRSS")
	return cpu, resident, errors.Join(errCPU, errResident)
}

// parseCPU reads utime and stime of /proc/<pid>/stat. The second field is the
// command's name in brackets, which may hold spaces and brackets itself.
func parseCPU(stat string) (sum time.Duration, err error) {
	field := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:]) // from the third one on
	if len(field) < 13 {
		return 0, fmt.Errorf("/proc/<pid>/stat is too short: %q", stat)
	}
	for _, f := range field[11:13] {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("/proc/<pid>/stat: %w", err)
		}
		sum += time.Duration(n) * 10 * time.Millisecond // their unit, on every architecture that Go knows
	}
	return sum, nil
}

// parseBytes reads a line like "VmRSS:   33504 kB".
func parseBytes(text, name string) (int64, error) {
	kB, err := strconv.ParseInt(strings.TrimSuffix(procField(text, name), " kB"), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	return kB * 1024, nil
}

// procField returns the value of the first line "name : value"; empty: none.
func procField(text, name string) string {
	for l := range strings.Lines(text) {
		if key, value, ok := strings.Cut(l, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
