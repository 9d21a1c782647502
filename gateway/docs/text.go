package docs

import (
	"html/template"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// markup is the part of Markdown that our descriptions use.
var markup = []struct {
	pattern *regexp.Regexp
	html    string
}{
	{regexp.MustCompile("`([^`]+)`"), "<code>$1</code>"},
	{regexp.MustCompile(`\*\*([^*]+)\*\*`), "<strong>$1</strong>"},
	{regexp.MustCompile(`\[([^\]]+)\]\((https://[^)]+)\)`), `<a href="$2" rel="noreferrer">$1</a>`},
}

// inline renders a description of one paragraph.
func inline(s string) template.HTML {
	s = template.HTMLEscapeString(strings.TrimSpace(s))
	for _, m := range markup {
		s = m.pattern.ReplaceAllString(s, m.html)
	}
	return template.HTML(s) //nolint:gosec // escaped before the markup was added
}

// paragraphs renders a description of several paragraphs.
func paragraphs(s string) []template.HTML {
	var all []template.HTML
	for p := range strings.SplitSeq(s, "\n\n") {
		if strings.TrimSpace(p) != "" {
			all = append(all, inline(p))
		}
	}
	return all
}

// json writes an example as JSON, in the order of the document. Short lists
// and objects stay on one line.
func (n node) json(indent string) string {
	switch n.yaml.Kind {
	case yaml.MappingNode:
		var parts []string
		for _, m := range n.members() {
			parts = append(parts, `"`+m.name+`": `+m.json(indent+"  "))
		}
		return joinLines("{", parts, "}", indent)
	case yaml.SequenceNode:
		var parts []string
		for _, item := range n.items() {
			parts = append(parts, item.json(indent+"  "))
		}
		return joinLines("[", parts, "]", indent)
	default:
		if n.yaml.Tag == "!!str" {
			return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(n.yaml.Value) + `"`
		}
		return n.yaml.Value
	}
}

func joinLines(open string, parts []string, end, indent string) string {
	const maxLine = 72
	if short := open + strings.Join(parts, ", ") + end; len(short) <= maxLine && !strings.Contains(short, "\n") {
		return short
	}
	return open + "\n" + indent + "  " + strings.Join(parts, ",\n"+indent+"  ") + "\n" + indent + end
}
