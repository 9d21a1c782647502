package docs

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// tree is a place in the document. Reading what is not there gives an empty
// tree, so that a reader needs no checks on its way.
type tree struct {
	root *yaml.Node
	at   *yaml.Node // nil: nothing is there
}

type member struct {
	name string
	tree
}

func parse(document string) (tree, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(document), &doc); err != nil {
		return tree{}, fmt.Errorf("parse OpenAPI document: %w", err)
	}
	if len(doc.Content) == 0 {
		return tree{}, fmt.Errorf("parse OpenAPI document: it is empty")
	}
	return tree{root: doc.Content[0], at: doc.Content[0]}, nil
}

// members lists what an object has, in the order of the document.
func (t tree) members() []member {
	if t.at == nil || t.at.Kind != yaml.MappingNode {
		return nil
	}
	var all []member
	for i := 0; i+1 < len(t.at.Content); i += 2 {
		all = append(all, member{name: t.at.Content[i].Value, tree: t.to(t.at.Content[i+1])})
	}
	return all
}

// items lists what an array has.
func (t tree) items() []tree {
	if t.at == nil || t.at.Kind != yaml.SequenceNode {
		return nil
	}
	var all []tree
	for _, n := range t.at.Content {
		all = append(all, t.to(n))
	}
	return all
}

// get walks along names.
func (t tree) get(path ...string) tree {
	for _, name := range path {
		t = t.child(name)
	}
	return t
}

func (t tree) child(name string) tree {
	for _, m := range t.members() {
		if m.name == name {
			return m.tree
		}
	}
	return tree{root: t.root}
}

func (t tree) to(n *yaml.Node) tree {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return tree{root: t.root, at: n}
}

func (t tree) exists() bool { return t.at != nil }

// text returns a scalar as it is written, or "".
func (t tree) text() string {
	if t.at == nil || t.at.Kind != yaml.ScalarNode {
		return ""
	}
	return t.at.Value
}

// texts returns the scalars of an array, or a scalar as the only one.
func (t tree) texts() []string {
	if s := t.text(); s != "" {
		return []string{s}
	}
	var all []string
	for _, item := range t.items() {
		all = append(all, item.text())
	}
	return all
}

// follow returns what a reference refers to, and the last part of its name; a
// tree that is none, with no name.
func (t tree) follow() (target tree, name string) {
	ref := t.get("$ref").text()
	if ref == "" {
		return t, ""
	}
	path := strings.Split(strings.TrimPrefix(ref, "#/"), "/")
	return tree{root: t.root, at: t.root}.get(path...), path[len(path)-1]
}

// described returns a text that may stand beside a reference, and else behind it.
func (t tree) described() string {
	if s := t.get("description").text(); s != "" {
		return s
	}
	target, _ := t.follow()
	return target.get("description").text()
}
