package gateway

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
	"todokit/pkg/rest"
	"todokit/task"
)

// idFormat is what a wrong id is told to be.
const idFormat = "an id of 26 characters"

// readOnly adds members that answers have and requests must not.
func readOnly(members rest.Members, names ...string) rest.Members {
	for _, name := range names {
		members[name] = rest.ReadOnly
	}
	return members
}

// readID reads the id of a list or a task.
func readID(value json.RawMessage) (ulid.ULID, *errs.Field) {
	s, problem := rest.Text(value)
	if problem != nil {
		return ulid.ULID{}, problem
	}
	id, err := ulid.ParseStrict(s)
	if err != nil {
		return ulid.ULID{}, refused(errs.FieldFormat, idFormat)
	}
	return id, nil
}

// readStatus knows the states, because an unknown one could not be told to the
// task service.
func readStatus(value json.RawMessage) (task.Status, *errs.Field) {
	s, problem := rest.Text(value)
	if problem != nil {
		return "", problem
	}
	if !slices.Contains(task.Statuses(), task.Status(s)) {
		return "", refused(errs.FieldOneOf, statuses())
	}
	return task.Status(s), nil
}

func statuses() string {
	var names []string
	for _, s := range task.Statuses() {
		names = append(names, string(s))
	}
	return strings.Join(names, ", ")
}

// readWhen reads a whole day or an instant.
func readWhen(value json.RawMessage) (*task.When, *errs.Field) {
	s, problem := rest.Text(value)
	if problem != nil {
		return nil, problem
	}
	if _, ok := rest.ParseDate(s); ok {
		return &task.When{Date: s}, nil
	}
	if t, ok := rest.ParseInstant(s); ok {
		return &task.When{Instant: t}, nil
	}
	return nil, refused(errs.FieldFormat, rest.InstantFormat)
}

func refused(code string, arg any) *errs.Field {
	f := errs.Invalid("", code, arg)
	return &f
}
