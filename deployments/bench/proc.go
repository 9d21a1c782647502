package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of the times in /proc, on every architecture that Go knows.
const tick = 10 * time.Millisecond

// cpu is the processor time that a process has taken so far.
func (p *process) cpu() (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0, fmt.Errorf("%s: %w", p.name, err)
	}
	return parseCPU(string(text))
}

// resident is how many bytes of memory a process has.
func (p *process) resident() (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, fmt.Errorf("%s: %w", p.name, err)
	}
	return parseResident(string(text))
}

// parseCPU reads utime and stime of /proc/<pid>/stat. The second field is the
// command's name in brackets, which may hold spaces and brackets itself.
func parseCPU(stat string) (time.Duration, error) {
	end := strings.LastIndexByte(stat, ')')
	if end < 0 {
		return 0, errors.New("/proc/<pid>/stat has no name")
	}
	field := strings.Fields(stat[end+1:]) // from the third one on
	if len(field) < 13 {
		return 0, errors.New("/proc/<pid>/stat is too short")
	}
	var sum int64
	for _, f := range field[11:13] {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("/proc/<pid>/stat: %w", err)
		}
		sum += n
	}
	return time.Duration(sum) * tick, nil
}

// parseResident reads VmRSS of /proc/<pid>/status.
func parseResident(status string) (int64, error) {
	for l := range strings.Lines(status) {
		value, ok := strings.CutPrefix(l, "VmRSS:")
		if !ok {
			continue
		}
		kB, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")), 10, 64)
		if err != nil {
			return 0, fmt.Errorf("VmRSS: %w", err)
		}
		return kB * 1024, nil
	}
	return 0, errors.New("/proc/<pid>/status has no VmRSS")
}
