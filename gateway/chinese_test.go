package gateway_test

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"todokit/pkg/errs"
	"todokit/pkg/rest"
	"todokit/task"
	"todokit/user"
)

// failingUsers is a user service that returns one error.
type failingUsers struct {
	user.Service
	err error
}

func (f failingUsers) GetUser(context.Context, user.Caller) (user.User, error) {
	return user.User{}, f.err
}

// inChinese returns the problem that a Chinese reader sees for an error.
func inChinese(t *testing.T, err error) rest.Problem {
	t.Helper()
	f := newFixture(t)
	accessToken := f.join(t, "mei")
	f.users = failingUsers{f.users, err}
	f.start()
	w := f.do(t, req{method: "GET", path: "/api/v1/users/me", token: accessToken, header: map[string]string{"Accept-Language": "zh"}})
	var p rest.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatal(err)
	}
	return p
}

func isChinese(s string) bool {
	for _, r := range s {
		if unicode.Is(unicode.Han, r) {
			return true
		}
	}
	return false
}

// english are two words in a row, which are nobody's name.
var english = regexp.MustCompile(`[A-Za-z]{2,} [a-z]{2,}`)

// checkChinese demands that a reader of Chinese understands all of a problem.
func checkChinese(t *testing.T, what string, p rest.Problem) {
	t.Helper()
	texts := []string{p.Title, p.Detail}
	for _, f := range p.Errors {
		texts = append(texts, f.Message)
	}
	for _, text := range texts {
		if !isChinese(text) || english.MatchString(text) || strings.Contains(text, "%!") {
			t.Errorf("%s: %s: %q", what, p.Code, text)
		}
	}
}

func TestChinese_EveryError_HasTitle(t *testing.T) {
	t.Parallel()
	all := slices.Concat(errs.Catalogue(), rest.Catalogue(), user.Catalogue(), task.Catalogue())
	for _, e := range all {
		p := inChinese(t, e)
		if !isChinese(p.Title) || p.Code != e.Code || p.Status != rest.Status(e.Kind) {
			t.Errorf("%s: got %+v", e.Code, p)
		}
	}
}

func TestChinese_EveryFieldCode_HasMessage(t *testing.T) {
	t.Parallel()
	var fields []errs.Field
	for _, code := range errs.FieldCodes() {
		fields = append(fields, errs.Invalid("title", code, "7"))
	}
	p := inChinese(t, errs.ErrInvalid.WithFields(fields...))
	for i, f := range p.Errors {
		if !isChinese(f.Message) || f.Code != fields[i].Code {
			t.Errorf("%s: %q", f.Code, f.Message)
		}
	}
	if len(p.Errors) != len(fields) {
		t.Errorf("%d of %d fields are in the problem", len(p.Errors), len(fields))
	}
}
