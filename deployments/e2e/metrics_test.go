package e2e_test

import (
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// metricsPages holds what every process tells Prometheus against what an
// operator needs, and against promtool.
func metricsPages(t *testing.T, s *system) {
	t.Helper()
	seen := map[string]bool{}
	for _, p := range s.processes() {
		page := metricsPage(t, p)
		promtool(t, p.name, page)
		for name, family := range parseMetrics(t, page) {
			seen[name] = true
			checkLabels(t, p.name, family)
		}
		if !strings.Contains(page, "\ntodokit_build_info{") {
			t.Errorf("%s does not tell what it is", p.name)
		}
	}
	for _, want := range []string{
		"todokit_http_requests_total", "todokit_http_request_duration_seconds",
		"grpc_server_handled_total", "grpc_server_handling_seconds",
		"go_goroutines", "process_resident_memory_bytes",
	} {
		if !seen[want] {
			t.Errorf("no process has %s", want)
		}
	}
	for what, pattern := range map[string]string{
		"SQL operations": "sql|database", "the pool": "pool|connections", "breakers": "breaker", "instances": "instances",
	} {
		like := regexp.MustCompile("^(todokit|go_sql)_.*(" + pattern + ")")
		if !slices.ContainsFunc(keys(seen), like.MatchString) {
			t.Errorf("no process has metrics about %s: %q", what, keys(seen))
		}
	}
}

func keys(of map[string]bool) []string {
	var all []string
	for k := range of {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}

func metricsPage(t *testing.T, p *process) string {
	t.Helper()
	status, page, err := getPage(t, "http://"+p.address(t, "admin")+"/metrics")
	if err != nil || status != http.StatusOK {
		t.Fatalf("%s: %v, status %d", p.name, err, status)
	}
	return page
}

func parseMetrics(t *testing.T, page string) map[string]*dto.MetricFamily {
	t.Helper()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	return families
}

func scrape(t *testing.T, p *process) map[string]*dto.MetricFamily {
	t.Helper()
	return parseMetrics(t, metricsPage(t, p))
}

// sum adds the series that have a label.
func sum(families map[string]*dto.MetricFamily, name, label, value string) float64 {
	total := 0.0
	for _, m := range families[name].GetMetric() {
		if slices.ContainsFunc(m.GetLabel(), func(l *dto.LabelPair) bool { return l.GetName() == label && l.GetValue() == value }) {
			total += m.GetCounter().GetValue()
		}
	}
	return total
}

// identifier is what may be in a label only by mistake: it would make a series
// for each task.
var identifier = regexp.MustCompile(`[0-9A-HJKMNP-TV-Z]{26}|(?i)select |insert |\?`)

func checkLabels(t *testing.T, process string, family *dto.MetricFamily) {
	t.Helper()
	for _, m := range family.GetMetric() {
		for _, l := range m.GetLabel() {
			if strings.HasPrefix(family.GetName(), "todokit_") && l.GetName() != "instance" && identifier.MatchString(l.GetValue()) {
				t.Errorf("%s: %s has %s=%q", process, family.GetName(), l.GetName(), l.GetValue())
			}
		}
	}
}

// promtool lets Prometheus' own tool look at a page.
func promtool(t *testing.T, process, page string) {
	t.Helper()
	tool, err := exec.LookPath("promtool")
	if err != nil {
		if os.Getenv("TODOKIT_TEST_REQUIRE") == "1" {
			t.Fatal(err)
		}
		t.Logf("the page of %s is not checked: %v", process, err)
		return
	}
	check := exec.CommandContext(t.Context(), tool, "check", "metrics")
	check.Stdin = strings.NewReader(page)
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("promtool check metrics of %s: %v\n%s", process, err, out)
	}
}
