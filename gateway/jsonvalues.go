package gateway

import (
	"encoding/json"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/errs"
	"todokit/pkg/optional"
	"todokit/pkg/rest"
)

// idFormat is what a wrong id is told to be.
const idFormat = "an id of 26 characters"

// readOnly adds members that responses have and requests must not.
func readOnly(members rest.Members, names ...string) rest.Members {
	for _, name := range names {
		members[name] = rest.ReadOnly
	}
	return members
}

// optionalOf reads a field that is left as it is where the member is absent.
func optionalOf[T any](read rest.Reader[T]) rest.Reader[optional.Value[T]] {
	return func(value json.RawMessage) (optional.Value[T], *errs.Field) {
		v, problem := read(value)
		return optional.Of(v), problem
	}
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

func refused(code string, arg any) *errs.Field {
	f := errs.Invalid("", code, arg)
	return &f
}

const null = "null"

func appendID(b []byte, id ulid.ULID) []byte {
	var text [ulid.EncodedSize]byte
	_ = id.MarshalTextTo(text[:]) // long enough
	return append(append(append(b, '"'), text[:]...), '"')
}

func appendTextOrNull(b []byte, s string) []byte {
	if s == "" {
		return append(b, null...)
	}
	return rest.AppendText(b, s)
}

func appendTexts(b []byte, texts []string) []byte {
	b = append(b, '[')
	for i, s := range texts {
		if i > 0 {
			b = append(b, ',')
		}
		b = rest.AppendText(b, s)
	}
	return append(b, ']')
}

func appendTime(b []byte, t *time.Time) []byte {
	if t == nil {
		return append(b, null...)
	}
	return append(t.UTC().AppendFormat(append(b, '"'), time.RFC3339Nano), '"')
}
