// Package errs is the catalogue of errors that every layer of todokit shares: a
// short list of kinds, which decide how a caller reacts, and for each error a
// stable code, which clients may rely on.
//
// An error of the catalogue is a package variable of the domain that owns it
// (task.ErrNotFound). It is compared with errors.Is, which looks at the code
// only, so that it also works on the far side of gRPC. What went wrong inside
// is attached with [Error.Wrap]; it is for the log and never leaves a process.
package errs

import (
	"errors"
	"fmt"
	"time"
)

// Kind says how a caller reacts to an error. The zero value is Internal: an
// error that nobody classified is a defect.
type Kind uint8

// The kinds. The last five occur at the HTTP edge only.
const (
	Internal Kind = iota
	InvalidArgument
	Unauthenticated
	PermissionDenied
	NotFound
	AlreadyExists
	FailedPrecondition
	ResourceExhausted
	Unavailable
	DeadlineExceeded
	Cancelled
	MethodNotAllowed
	UnsupportedMediaType
	TooLarge
	RequestTimeout
	Unprocessable
)

// Kinds lists every kind, so that a test can demand each of them in a table.
func Kinds() []Kind {
	all := make([]Kind, 0, Unprocessable+1)
	for k := Internal; k <= Unprocessable; k++ {
		all = append(all, k)
	}
	return all
}

// Field is one part of the input that was refused.
type Field struct {
	Name    string // path, as the caller names it: "title", "labels[3]"
	Code    string // stable, one of the Field codes: "REQUIRED", "TOO_LONG" …
	Message string // English
	Arg     string // what the message is filled with: the limit, the allowed values
}

// Error is an error of the catalogue, or an instance of one with details.
// It is immutable: the With methods and Wrap return a copy.
type Error struct {
	Kind         Kind
	Code         string        // stable, UPPER_SNAKE_CASE: "TASK_NOT_FOUND"
	Message      string        // English, one sentence, safe to show
	Detail       string        // English, about this occurrence, safe to show; can be empty
	DetailFormat string        // what Detail was made of, by which it is translated
	DetailArgs   []string      // for the verbs of DetailFormat
	Fields       []Field       // for InvalidArgument
	RetryAfter   time.Duration // for ResourceExhausted and Unavailable; 0: the edge chooses
	cause        error
}

// New makes an entry of the catalogue.
func New(kind Kind, code, message string) *Error {
	return &Error{Kind: kind, Code: code, Message: message}
}

// Error returns everything, the cause included: it is for logs.
func (e *Error) Error() string {
	s := e.Code + ": " + e.Message
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	for _, f := range e.Fields {
		s += fmt.Sprintf(" [%s: %s]", f.Name, f.Message)
	}
	if e.cause != nil {
		s += ": " + e.cause.Error()
	}
	return s
}

// Is makes errors.Is compare codes.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// Unwrap returns the internal cause, or nil.
func (e *Error) Unwrap() error { return e.cause }

// Wrap returns a copy of e whose internal cause is err.
func (e *Error) Wrap(err error) *Error {
	c := *e
	c.cause = err
	return &c
}

// WithDetail returns a copy of e with a sentence about this occurrence, which
// the client will see. A test demands a translation of each format.
func (e *Error) WithDetail(format string, args ...any) *Error {
	c := *e
	c.Detail, c.DetailFormat, c.DetailArgs = fmt.Sprintf(format, args...), format, nil
	for _, arg := range args {
		c.DetailArgs = append(c.DetailArgs, fmt.Sprint(arg))
	}
	return &c
}

// WithFields returns a copy of e with more refused parts of the input.
func (e *Error) WithFields(fields ...Field) *Error {
	c := *e
	c.Fields = append(append([]Field(nil), e.Fields...), fields...)
	return &c
}

// WithRetryAfter returns a copy of e with the time after which the client is to
// try again.
func (e *Error) WithRetryAfter(d time.Duration) *Error {
	c := *e
	c.RetryAfter = d
	return &c
}

// From returns err as an *Error. One that is not of the catalogue becomes
// ErrInternal with err as its cause; nil stays nil.
func From(err error) *Error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return fromContext(err)
}

// KindOf returns the kind of err, Internal for one that is not of the catalogue.
func KindOf(err error) Kind { return From(err).Kind }
