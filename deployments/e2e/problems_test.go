package e2e_test

import (
	"net/http"
	"strings"
	"testing"
)

// problems is a client that does everything wrong.
func problems(t *testing.T, s *system) {
	c, nobody := s.newUser(t), s.nobody()
	one := tasks + "/" + c.createTask(t, fields{"title": "Here"}).ID
	const absent = tasks + "/01ARZ3NDEKTSV4RRFFQ69G5FAV"
	long := strings.Repeat("x", 501)
	for name, p := range map[string]struct {
		got    response
		status int
		code   string
		fields []string
	}{
		"no such route":   {c.do(t, "GET", "/api/v1/nothing", nil), 404, "ROUTE_NOT_FOUND", nil},
		"root":            {c.do(t, "GET", "/", nil), 404, "ROUTE_NOT_FOUND", nil},
		"slash too many":  {c.do(t, "GET", tasks+"/", nil), 404, "ROUTE_NOT_FOUND", nil},
		"wrong method":    {c.do(t, "PUT", tasks, nil), 405, "METHOD_NOT_ALLOWED", nil},
		"odd method":      {c.do(t, "BREW", one, nil), 405, "METHOD_NOT_ALLOWED", nil},
		"no token":        {nobody.do(t, "GET", tasks, nil), 401, "UNAUTHENTICATED", nil},
		"a bad token":     {nobody.do(t, "GET", tasks, nil, with("Authorization", "Bearer x.y.z")), 401, "UNAUTHENTICATED", nil},
		"another scheme":  {nobody.do(t, "GET", tasks, nil, with("Authorization", "Basic eDp5")), 401, "UNAUTHENTICATED", nil},
		"no such task":    {c.do(t, "GET", absent, nil), 404, "TASK_NOT_FOUND", nil},
		"not an id":       {c.do(t, "GET", tasks+"/1", nil, wrong()), 404, "TASK_NOT_FOUND", nil},
		"wrong type":      {c.do(t, "POST", tasks, nil, raw("title=x"), with("Content-Type", "application/x-www-form-urlencoded"), wrong()), 415, "UNSUPPORTED_MEDIA_TYPE", nil},
		"no body":         {c.do(t, "POST", tasks, nil, with("Content-Type", "application/json"), wrong()), 400, "MALFORMED_BODY", nil},
		"half a body":     {c.do(t, "POST", tasks, fields{}, raw(`{"title": "x`), wrong()), 400, "MALFORMED_BODY", nil},
		"two bodies":      {c.do(t, "POST", tasks, fields{}, raw(`{"title": "x"}{}`), wrong()), 400, "MALFORMED_BODY", nil},
		"an array":        {c.do(t, "POST", tasks, fields{}, raw(`[]`), wrong()), 400, "MALFORMED_BODY", nil},
		"too large":       {c.do(t, "POST", tasks, fields{"title": strings.Repeat("x", 2<<20)}, wrong()), 413, "BODY_TOO_LARGE", nil},
		"unknown field":   {c.do(t, "POST", tasks, fields{"title": "x", "colour": "red"}, wrong()), 400, "INVALID_ARGUMENT", []string{"colour"}},
		"read-only field": {c.do(t, "PATCH", one, fields{"version": 7}, wrong()), 400, "INVALID_ARGUMENT", []string{"version"}},
		"wrong kinds":     {c.do(t, "POST", tasks, fields{"title": 1, "labels": "x"}, wrong()), 400, "INVALID_ARGUMENT", []string{"title", "labels"}},
		"no title":        {c.do(t, "POST", tasks, fields{}, wrong()), 400, "INVALID_ARGUMENT", []string{"title"}},
		"many formats": {c.do(t, "POST", tasks, fields{"title": "x", "status": "maybe", "due": "soon", "start": 7}, wrong()),
			400, "INVALID_ARGUMENT", []string{"status", "due", "start"}},
		"many bounds": {c.do(t, "POST", tasks, fields{"title": long, "priority": 10, "time_zone": "Mars/Base", "labels": []string{""}}, wrong()),
			400, "INVALID_ARGUMENT", []string{"title", "priority", "time_zone", "labels[0]"}},
		"too much content": {c.do(t, "POST", tasks, fields{"title": "x", "content": strings.Repeat("x", 64<<10+1)}, wrong()), 400, "INVALID_ARGUMENT", []string{"content"}},
		"NUL":              {c.do(t, "POST", tasks, fields{"title": "a\x00b"}, wrong()), 400, "INVALID_ARGUMENT", []string{"title"}},
		"page too large":   {c.do(t, "GET", tasks+"?page_size=201", nil, wrong()), 400, "INVALID_ARGUMENT", []string{"page_size"}},
		"forged page":      {c.do(t, "GET", tasks+"?page_token=AAAA", nil), 400, "INVALID_ARGUMENT", []string{"page_token"}},
		"unknown order":    {c.do(t, "GET", tasks+"?order_by=colour", nil, wrong()), 400, "INVALID_ARGUMENT", []string{"order_by"}},
		"unknown filter":   {c.do(t, "GET", tasks+"?colour=red", nil, wrong()), 400, "INVALID_ARGUMENT", []string{"colour"}},
		"bad moment":       {c.do(t, "GET", tasks+"?due_before=soon", nil, wrong()), 400, "INVALID_ARGUMENT", []string{"due_before"}},
		"bad name":         {nobody.do(t, "POST", users, fields{"user_name": "a b", "password": "long enough"}, wrong()), 400, "INVALID_ARGUMENT", []string{"user_name"}},
		"weak password":    {nobody.do(t, "POST", users, fields{"user_name": "somebody", "password": "1234567"}, wrong()), 400, "INVALID_ARGUMENT", []string{"password"}},
	} {
		t.Run(name, func(t *testing.T) { p.got.wantProblem(t, p.status, p.code, p.fields...) })
	}
	if got := titles(c.all(t, "")); len(got) != 1 {
		t.Errorf("bad requests made %q", got)
	}
}

// helpfulHeaders are what a client's library acts on.
func helpfulHeaders(t *testing.T, s *system) {
	a := s.nobody().do(t, http.MethodPut, tasks, nil)
	if got := a.want(t, http.StatusMethodNotAllowed).header.Get("Allow"); !strings.Contains(got, "GET") || !strings.Contains(got, "POST") {
		t.Errorf("Allow: %q", got)
	}
	a = s.nobody().do(t, http.MethodGet, tasks, nil)
	if got := a.want(t, http.StatusUnauthorized).header.Get("WWW-Authenticate"); !strings.HasPrefix(got, "Bearer ") {
		t.Errorf("WWW-Authenticate: %q", got)
	}
	a = s.nobody().do(t, http.MethodGet, "/nothing", nil, with("X-Request-Id", "from-my-proxy-1"))
	if got := a.header.Get("X-Request-Id"); got != "from-my-proxy-1" {
		t.Errorf("the request's id became %q", got)
	}
}

// languages is a reader of Chinese.
func languages(t *testing.T, s *system) {
	c := s.newUser(t)
	chinese := c.do(t, http.MethodPost, tasks, fields{}, with("Accept-Language", "zh-CN,zh;q=0.9,en;q=0.1"), wrong()).
		wantProblem(t, http.StatusBadRequest, "INVALID_ARGUMENT", "title")
	english := c.do(t, http.MethodPost, tasks, fields{}, with("Accept-Language", "en-GB"), wrong()).
		wantProblem(t, http.StatusBadRequest, "INVALID_ARGUMENT", "title")
	if !isChinese(chinese.Title) || !isChinese(chinese.Errors[0].Message) {
		t.Errorf("in Chinese: %+v", chinese)
	}
	if isChinese(english.Title) || isChinese(english.Errors[0].Message) {
		t.Errorf("in English: %+v", english)
	}
}

func isChinese(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return '一' <= r && r <= '鿿' })
}
