package main_test

import (
	"strings"
	"testing"
	"time"

	bench "todokit/deployments/bench"
)

// wrkOutput is what wrk 4.1.0 prints with our script.
const wrkOutput = `Running 8s test @ http://127.0.0.1:12345
  2 threads and 32 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency    11.76ms    6.20ms  91.33ms   78.10%
    Req/Sec     1.42k   120.13     1.81k    71.25%
  Latency Distribution
     50%   11.20ms
     75%   14.65ms
     90%   18.99ms
     99%   33.45ms
  22648 requests in 8.01s, 15.20MB read
  Non-2xx or 3xx responses: 3
Requests/sec:   2827.46
Transfer/sec:      1.90MB
bench: {"requests":22648,"microseconds":8010000,"p50":11200,"p99":33450,"errors":6}
`

func TestParseFigures_OutputOfWrk(t *testing.T) {
	t.Parallel()
	f, err := bench.ParseFigures(wrkOutput)
	if err != nil {
		t.Fatal(err)
	}
	if f.Requests != 22648 || f.Microseconds != 8_010_000 || f.P50 != 11200 || f.P99 != 33450 || f.Errors != 6 {
		t.Errorf("got %+v", f)
	}
}

func TestParseFigures_Invalid(t *testing.T) {
	t.Parallel()
	for name, out := range map[string]string{
		"empty":        "",
		"no line":      strings.Split(wrkOutput, "bench:")[0],
		"torn":         "bench: {\"requests\":5",
		"no responses": `bench: {"requests":0,"microseconds":8010000}`,
	} {
		if f, err := bench.ParseFigures(out); err == nil {
			t.Errorf("%s: got %+v", name, f)
		}
	}
}

func TestParseCPU_NameWithBrackets(t *testing.T) {
	t.Parallel()
	const stat = "4711 (task) svc (1)) S 1 4711 4711 0 -1 4194560 1290 0 0 0 250 31 7 9 20 0 9 0 123456 1300000000 8000 18446744073709551615\n"
	took, err := bench.ParseCPU(stat)
	if err != nil || took != 2810*time.Millisecond {
		t.Errorf("got %v, %v; want 2.81s", took, err)
	}
	for _, bad := range []string{"", "4711 task S", "4711 (task) S 1 2", strings.Replace(stat, "250", "many", 1)} {
		if took, err := bench.ParseCPU(bad); err == nil {
			t.Errorf("%q: got %v", bad, took)
		}
	}
}

func TestParseBytes(t *testing.T) {
	t.Parallel()
	bytes, err := bench.ParseBytes("Name:\ttasksvc\nVmHWM:\t   40000 kB\nVmRSS:\t   33504 kB\nThreads:\t9\n", "VmRSS")
	if err != nil || bytes != 33504*1024 {
		t.Errorf("got %d, %v", bytes, err)
	}
	for _, bad := range []string{"", "Name:\tzombie\n", "VmRSS:\t? kB\n"} {
		if bytes, err := bench.ParseBytes(bad, "VmRSS"); err == nil {
			t.Errorf("%q: got %d", bad, bytes)
		}
	}
}

func TestFirstVersion(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"mariadbd  Ver 10.11.19-MariaDB-0+deb12u1 for debian-linux-gnu on x86_64 (Debian 12)": "10.11.19",
		"etcd Version: 3.4.23\nGit SHA: HEAD\nGo Version: go1.19.8":                           "3.4.23",
		"wrk debian/4.1.0-3+b2 [epoll] Copyright (C) 2012 Will Glozer":                        "4.1.0",
		"": "",
	} {
		if got := bench.FirstVersion(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestParseOptions_Given_ShowsNoPaths(t *testing.T) {
	t.Parallel()
	got, err := bench.Given("-rounds=5", "-out=/somewhere/else.md", "--bin", "/home/me/bin", "-old", "/x", "-run=list 20|^mix$", "-gateway=--limit.concurrent=64 --limit.queue=0")
	const want = `-gateway='--limit.concurrent=64 --limit.queue=0' -rounds='5' -run='list 20|^mix$' `
	if err != nil || got != want {
		t.Errorf("got  %s, %v\nwant %s", got, err, want)
	}
}

func TestParseOptions_Invalid(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"mix"}, {"-rounds=0"}, {"-duration=0.5s"}, {"-gateways=3"}, {"-connections=1"}, {"-run=("}, {"-mechanisms=("}} {
		if got, err := bench.Given(args...); err == nil {
			t.Errorf("%v: got %q", args, got)
		}
	}
}
