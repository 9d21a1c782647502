package main

import (
	_ "embed" // for the words
	"fmt"
	"os"
	"slices"
	"strings"
)

// report collects what was measured.
type report struct {
	options options
	facts   [][2]string // on what it was
	results []result
}

//go:embed template.md
var template string

// add keeps a result, and shows it.
func (rep *report) add(r result) {
	rep.results = append(rep.results, r)
	fmt.Printf("\n%s", r.details())
}

// write shows the summary, and writes it all to a file, if there is to be one.
func (rep *report) write(name string) error {
	if len(rep.results) > 0 {
		fmt.Printf("\n%s", rep.summary())
	}
	if name == "" {
		return nil
	}
	return os.WriteFile(name, []byte(rep.text()), 0o644) //nolint:gosec // it is for everyone
}

// text is the whole document.
func (rep *report) text() string {
	var facts, details strings.Builder
	for _, f := range rep.facts {
		fmt.Fprintf(&facts, "| %s | %s |\n", f[0], strings.ReplaceAll(f[1], "|", `\|`))
	}
	for _, r := range rep.results {
		details.WriteString("\n" + r.details())
	}
	o := rep.options
	rounds := fmt.Sprintf("%d rounds, %v each", o.rounds, o.duration)
	if o.rounds == 1 {
		rounds = fmt.Sprintf("1 round of %v", o.duration)
	}
	return strings.NewReplacer("{facts}\n", facts.String(), "{summary}\n", rep.summary(), "{details}\n", details.String(),
		"{rounds}", rounds, "{threads}", fmt.Sprint(o.threads), "{connections}", fmt.Sprint(o.connections),
		"{people}", fmt.Sprint(o.size.people), "{each}", fmt.Sprint(o.size.each), "{hoarded}", fmt.Sprint(o.size.hoarded)).Replace(template)
}

// summary has a line for each workload, and what is held to a bar.
func (rep *report) summary() string {
	var text strings.Builder
	text.WriteString(row("workload", "database", "todokit/s", "bare/s", "**ratio**", "CPU ratio", "todokit p50, p99 ms", "bare p50, p99 ms", "errors"))
	text.WriteString(row(slices.Repeat([]string{"---"}, 9)...))
	for _, r := range rep.results {
		bare, ratio, work, latency := "", "", "", ""
		if r.compared() {
			bare, ratio = fmt.Sprintf("%.0f", r.of("bare", reading.rate)), fmt.Sprintf("**%.2f**", r.ratio(reading.rate))
			work, latency = fmt.Sprintf("%.1f", r.ratio(reading.work)), r.latency("bare")
		}
		if r.name == steadyName {
			ratio = ""
		}
		text.WriteString(row(r.name, r.database, fmt.Sprintf("%.0f", r.of("todokit", reading.rate)), bare, ratio, work,
			r.latency("todokit"), latency, warn(r.failed())))
	}
	text.WriteString("\n" + rep.bars())
	return text.String()
}

// bars are the comparisons other than of a workload's rates.
func (rep *report) bars() string {
	var text strings.Builder
	few, okFew := rep.find(listName)
	many, okMany := rep.find(hoardName)
	if okFew && okMany {
		fmt.Fprintf(&text, "- First page of %d tasks against a list of 20, todokit alone: **%.2f** of the requests/s.\n", rep.options.size.hoarded, many.against(few))
	}
	if r, ok := rep.find(steadyName); ok {
		fmt.Fprintf(&text, "- At a steady %.0f requests/s, half of the lower peak, todokit's p99 is **%.2f** times that of the bare handler (the bar: 2).\n",
			r.of("todokit", reading.rate), r.ratio(reading.p99))
	}
	if n := rep.failed(); n > 0 {
		fmt.Fprintf(&text, "- **%d requests failed: these figures are not valid.**\n", n)
	}
	return text.String()
}

func (rep *report) find(name string) (result, bool) {
	i := slices.IndexFunc(rep.results, func(r result) bool { return r.name == name })
	if i < 0 {
		return result{}, false
	}
	return rep.results[i], true
}

func (rep *report) failed() (n int64) {
	for _, r := range rep.results {
		n += r.failed()
	}
	return n
}

// row is one of a table.
func row(cells ...string) string { return "| " + strings.Join(cells, " | ") + " |\n" }

// warn makes errors hard to miss.
func warn(n int64) string {
	if n == 0 {
		return "0"
	}
	return fmt.Sprintf("**%d!**", n)
}
