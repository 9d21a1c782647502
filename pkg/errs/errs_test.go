package errs_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"todokit/pkg/errs"
)

var errNotFound = errs.New(errs.NotFound, "THING_NOT_FOUND", "There is no such thing.")

func TestError_WrappedInstance_IsComparedByCode(t *testing.T) {
	t.Parallel()
	cause := errors.New("row 7 is missing")
	err := fmt.Errorf("while reading: %w", errNotFound.WithDetail("number %d", 7).WithRetryAfter(time.Second).Wrap(cause))
	for what, ok := range map[string]bool{
		"the catalogue entry":            errors.Is(err, errNotFound),
		"its cause":                      errors.Is(err, cause),
		"not another entry":              !errors.Is(err, errs.ErrInvalid),
		"its kind":                       errs.KindOf(err) == errs.NotFound,
		"the cause in the log":           strings.Contains(err.Error(), "row 7"),
		"no cause in what a client sees": !strings.Contains(errs.From(err).Message+errs.From(err).Detail, "row 7"),
	} {
		if !ok {
			t.Errorf("not so: %s", what)
		}
	}
	if errNotFound.Detail != "" || errNotFound.Unwrap() != nil {
		t.Error("the catalogue entry itself was changed")
	}
}

func TestFrom_ContextError_HasItsKind(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		want errs.Kind
	}{
		"deadline": {fmt.Errorf("query: %w", context.DeadlineExceeded), errs.DeadlineExceeded},
		"cancel":   {context.Canceled, errs.Cancelled},
		"anything": {errors.New("boom"), errs.Internal},
	} {
		if got := errs.KindOf(c.err); got != c.want {
			t.Errorf("%s is %v, want %v", name, got, c.want)
		}
	}
	if errs.From(nil) != nil {
		t.Error("nil became an error")
	}
}

func TestParseKind_EveryName_ReturnsItsKind(t *testing.T) {
	t.Parallel()
	for _, k := range errs.Kinds() {
		if got, ok := errs.ParseKind(k.String()); !ok || got != k {
			t.Errorf("kind %d is called %q, which means %v", k, k, got)
		}
	}
	if _, ok := errs.ParseKind("nonsense"); ok {
		t.Error("nonsense is a kind")
	}
}

func TestValidator_SeveralBadTexts_ReturnsEachField(t *testing.T) {
	t.Parallel()
	var v errs.Validator
	if v.Err() != nil {
		t.Fatal("an empty validator returns an error")
	}
	for name, text := range map[string]string{
		"missing": " ", "short": "ab", "long": strings.Repeat("é", 11), "nul": "a\x00bc", "bytes": "abc\xff", "good": "日本語",
	} {
		v.Text(name, text, 3, 10)
	}
	got := map[string]string{}
	for _, f := range errs.From(v.Err()).Fields {
		got[f.Name] = f.Code
	}
	want := map[string]string{
		"missing": errs.FieldRequired, "short": errs.FieldTooShort, "long": errs.FieldTooLong,
		"nul": errs.FieldBadText, "bytes": errs.FieldBadText,
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestInvalid_EveryCode_HasAMessage(t *testing.T) {
	t.Parallel()
	for _, code := range errs.FieldCodes() {
		if m := errs.Invalid("f", code, "9").Message; m == "" || strings.Contains(m, "%!(MISSING)") {
			t.Errorf("%s says %q", code, m)
		}
	}
}
