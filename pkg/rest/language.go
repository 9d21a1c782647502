package rest

import (
	"fmt"
	"strings"

	"golang.org/x/text/language"

	"todokit/pkg/errs"
)

// Translation is what problems say in one language.
type Translation struct {
	Tag     language.Tag
	Titles  map[string]string // by error code
	Details map[string]string // by English format; %[1]s is the first argument
	Fields  map[string]string // by field code; %s is the argument
	Arg     func(english string) string
}

// languages choose the translation for a reader. English comes first, and
// needs no tables: the errors bring it with them.
type languages struct {
	matcher      language.Matcher
	translations []Translation
}

func newLanguages(others []Translation) *languages {
	all := append([]Translation{{Tag: language.English}}, others...)
	tags := make([]language.Tag, len(all))
	for i, t := range all {
		tags[i] = t.Tag
	}
	return &languages{matcher: language.NewMatcher(tags), translations: all}
}

// maxAcceptLanguage bounds the work for a hostile header, in bytes; what
// browsers send is shorter.
const maxAcceptLanguage = 256

// choose returns the translation that suits an Accept-Language header best.
func (l *languages) choose(accept string) *Translation {
	if accept == "" || len(accept) > maxAcceptLanguage {
		return &l.translations[0]
	}
	wanted, _, err := language.ParseAcceptLanguage(accept)
	if err != nil {
		return &l.translations[0]
	}
	_, i, _ := l.matcher.Match(wanted...)
	return &l.translations[i]
}

func (t *Translation) title(e *errs.Error) string {
	if title, ok := t.Titles[e.Code]; ok {
		return title
	}
	return e.Message
}

func (t *Translation) detail(e *errs.Error) string {
	format, ok := t.Details[e.DetailFormat]
	if !ok {
		return e.Detail
	}
	if !strings.Contains(format, "%[") {
		return format
	}
	args := make([]any, len(e.DetailArgs))
	for i, arg := range e.DetailArgs {
		args[i] = t.Arg(arg)
	}
	return fmt.Sprintf(format, args...)
}

func (t *Translation) field(f errs.Field) string {
	sentence, ok := t.Fields[f.Code]
	if !ok {
		return f.Message
	}
	if !strings.Contains(sentence, "%s") {
		return sentence
	}
	return fmt.Sprintf(sentence, t.Arg(f.Arg))
}
