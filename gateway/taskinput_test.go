package gateway_test

import (
	"strings"
	"testing"
)

// What a client may write in more than one way, and what only looks right.
func TestCreateTask_OtherForms_TakenOrNamed(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	mei := f.join(t, "mei")
	for name, c := range map[string]struct {
		body string
		want string // in the response
	}{
		"integer with a fraction of zero":    {`"priority": 2.0`, `"priority":2,`},
		"integer with an exponent":           {`"priority": 1e0`, `"priority":1,`},
		"integer with a negative exponent":   {`"priority": 90e-1`, `"priority":9,`},
		"no integer":                         {`"priority": 2.5`, `"field":"priority"`},
		"integer out of range":               {`"priority": 10.0`, `"field":"priority"`},
		"integer far out of range":           {`"priority": 1e400`, `"field":"priority"`},
		"empty time zone":                    {`"time_zone": ""`, `"field":"time_zone"`},
		"path to a time zone":                {`"time_zone": "Europe//Berlin"`, `"field":"time_zone"`},
		"link to a time zone":                {`"time_zone": "Asia/Calcutta"`, `"time_zone":"Asia/Calcutta"`},
		"start after due":                    {`"start": "2026-11-25", "due": "2026-11-24"`, `"field":"start"`},
		"start after due, of different days": {`"start": "2026-11-25T00:30:00Z", "due": "2026-11-24"`, `"field":"start"`},
		"start on the day of due":            {`"start": "2026-11-24T23:30:00Z", "due": "2026-11-24"`, `"due":"2026-11-24"`},
		"year before the first":              {`"due": "1899-12-31"`, `"field":"due"`},
		"year after the last":                {`"due": "9999-01-01T00:00:00Z"`, `"field":"due"`},
		"control character":                  {`"content": "a\u0001"`, `"field":"content"`},
		"line break":                         {`"content": "a\r\nb\tc"`, `"content":"a\r\nb\tc"`},
		"label of zero width":                {`"labels": ["a", "\u200b"]`, `"field":"labels[1]"`},
	} {
		t.Run(name, func(t *testing.T) {
			w := f.do(t, req{method: "POST", path: "/api/v1/tasks", body: `{"title": "x", ` + c.body + `}`, token: mei})
			refused := strings.HasPrefix(c.want, `"field"`)
			if !strings.Contains(strings.ReplaceAll(w.Body.String(), `": `, `":`), c.want) || refused != (w.Code == 400) || !refused && w.Code != 201 {
				t.Errorf("%d, want %s: %s", w.Code, c.want, w.Body)
			}
		})
	}
	for _, title := range []string{`\u200b`, `\u0301`, ` \u3000`, `a\nb`, `a\u0085b`} {
		w := f.do(t, req{method: "POST", path: "/api/v1/tasks", body: `{"title": "` + title + `"}`, token: mei})
		if w.Code != 400 || !strings.Contains(w.Body.String(), `title`) {
			t.Errorf("%s: %d %s", title, w.Code, w.Body)
		}
	}
}
