package docs

import (
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// node is a place in the document. Reading what is not there gives an empty
// node, so that a reader needs no checks in between.
type node struct {
	root *yaml.Node
	yaml *yaml.Node // nil: nothing is there
}

// member is a node with the name that it has in an object.
type member struct {
	name string
	node
}

// parse reads a document. Returns an error for one that is no YAML, or is empty.
func parse(document string) (node, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(document), &doc); err != nil {
		return node{}, fmt.Errorf("parse OpenAPI document: %w", err)
	}
	if len(doc.Content) == 0 {
		return node{}, errors.New("parse OpenAPI document: it is empty")
	}
	return node{root: doc.Content[0], yaml: doc.Content[0]}, nil
}

// members lists the members of an object, in the order of the document.
func (n node) members() []member {
	if n.yaml == nil || n.yaml.Kind != yaml.MappingNode {
		return nil
	}
	var all []member
	for i := 0; i+1 < len(n.yaml.Content); i += 2 {
		all = append(all, member{name: n.yaml.Content[i].Value, node: n.at(n.yaml.Content[i+1])})
	}
	return all
}

// items lists the items of an array.
func (n node) items() []node {
	if n.yaml == nil || n.yaml.Kind != yaml.SequenceNode {
		return nil
	}
	var all []node
	for _, item := range n.yaml.Content {
		all = append(all, n.at(item))
	}
	return all
}

// get returns the node at a path of member names.
func (n node) get(path ...string) node {
	for _, name := range path {
		n = n.child(name)
	}
	return n
}

func (n node) child(name string) node {
	for _, m := range n.members() {
		if m.name == name {
			return m.node
		}
	}
	return node{root: n.root}
}

// at returns another place in the same document.
func (n node) at(y *yaml.Node) node {
	if y.Kind == yaml.AliasNode {
		y = y.Alias
	}
	return node{root: n.root, yaml: y}
}

func (n node) exists() bool { return n.yaml != nil }

// text returns a scalar as it is written, or "".
func (n node) text() string {
	if n.yaml == nil || n.yaml.Kind != yaml.ScalarNode {
		return ""
	}
	return n.yaml.Value
}

// texts returns the scalars of an array, or a scalar as the only one.
func (n node) texts() []string {
	if s := n.text(); s != "" {
		return []string{s}
	}
	var all []string
	for _, item := range n.items() {
		all = append(all, item.text())
	}
	return all
}

// resolve returns what a reference refers to, and the last part of its name; a
// node that is no reference itself, with no name.
func (n node) resolve() (target node, name string) {
	ref := n.get("$ref").text()
	if ref == "" {
		return n, ""
	}
	path := strings.Split(strings.TrimPrefix(ref, "#/"), "/")
	return node{root: n.root, yaml: n.root}.get(path...), path[len(path)-1]
}

// description returns the one beside a reference, or else that of its target.
func (n node) description() string {
	if s := n.get("description").text(); s != "" {
		return s
	}
	target, _ := n.resolve()
	return target.get("description").text()
}
