package task

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"todokit/pkg/errs"
	"todokit/pkg/optional"
)

// checkTaskFields notes what is wrong with the set fields of a change, which
// for a new task are all of them.
func checkTaskFields(c *errs.Validator, u UpdateTask) {
	if u.Title.Set {
		c.Text("title", u.Title.Value, 1, MaxTitle)
	}
	if u.Content.Set {
		checkContent(c, u.Content.Value)
	}
	if u.Status.Set {
		checkStatus(c, u.Status.Value)
	}
	if u.Priority.Set {
		checkPriority(c, u.Priority.Value)
	}
	checkWhen(c, "start", u.Start.Value)
	checkWhen(c, "due", u.Due.Value)
	if u.TimeZone.Set {
		checkZone(c, u.TimeZone.Value)
	}
	checkLabels(c, u.Labels.Value)
	checkPosition(c, u.Position)
}

func checkContent(c *errs.Validator, s string) {
	if len(s) > MaxContent {
		c.Add("content", errs.FieldTooLarge, MaxContent)
		return
	}
	c.Text("content", s, 0, MaxContent)
}

func checkStatus(c *errs.Validator, s Status) {
	if !slices.Contains(Statuses(), s) {
		c.Add("status", errs.FieldOneOf, "todo, in_progress, done, cancelled")
	}
}

func checkPriority(c *errs.Validator, p int) {
	if p < 0 || p > MaxPriority {
		c.Add("priority", errs.FieldRange, fmt.Sprintf("0 to %d", MaxPriority))
	}
}

func checkPosition(c *errs.Validator, p optional.Value[float64]) {
	if math.IsNaN(p.Value) || math.IsInf(p.Value, 0) {
		c.Add("position", errs.FieldFormat, "a finite number")
	}
}

func checkLabels(c *errs.Validator, labels []string) {
	clean := cleanLabels(labels)
	if len(clean) > MaxLabels {
		c.Add("labels", errs.FieldTooMany, MaxLabels)
		return
	}
	for _, label := range clean {
		i := slices.IndexFunc(labels, func(s string) bool { return strings.TrimSpace(s) == label })
		c.Text(fmt.Sprintf("labels[%d]", i), label, 1, MaxLabel)
	}
}

// cleanLabels removes the spaces around labels, and repeats. It returns nil
// for none.
func cleanLabels(labels []string) []string {
	var clean []string
	seen := make(map[string]bool, len(labels))
	for _, label := range labels {
		label = strings.TrimSpace(label)
		if !seen[label] {
			seen[label] = true
			clean = append(clean, label)
		}
	}
	return clean
}

func checkKey(c *errs.Validator, i Idempotency) {
	if len(i.Key) > MaxKey {
		c.Add("idempotency_key", errs.FieldTooLong, MaxKey)
	}
	for _, r := range i.Key {
		if r < ' ' || r > '~' {
			c.Add("idempotency_key", errs.FieldFormat, "printable ASCII")
			return
		}
	}
}

// checkPageSize returns the size of a page, 0 being the default.
func checkPageSize(c *errs.Validator, size, byDefault, most int) int {
	if size < 0 || size > most {
		c.Add("page_size", errs.FieldRange, fmt.Sprintf("1 to %d", most))
	}
	if size == 0 {
		return byDefault
	}
	return size
}

// checkToken notes a page token that parse has refused.
func checkToken(c *errs.Validator, err error) {
	if err != nil {
		c.Add("page_token", errs.FieldFormat, "the next_page_token of a page of the same query")
	}
}
