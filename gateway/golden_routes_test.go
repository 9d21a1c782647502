package gateway_test

import (
	"testing"
	"time"

	"todokit/user"
)

func TestGolden_Account(t *testing.T) {
	t.Parallel()
	s := newTranscript(t)
	s.send("POST", "/api/v1/users", `{"user_name": "m!", "password": "short", "nickname": "Mei"}`)
	s.send("POST", "/api/v1/users", `{"user_name": "m!", "password": "short"}`)
	s.send("POST", "/api/v1/users", `{"user_name": "mei", "password": "correct horse battery", "nick_name": "Mei"}`)
	s.send("POST", "/api/v1/users", `{"user_name": "MEI", "password": "correct horse battery"}`)
	s.send("GET", "/api/v1/users/me", "")
	s.token = s.send("POST", "/api/v1/sessions", credentials)["access_token"].(string)
	s.send("GET", "/api/v1/users/me", "")
	s.send("GET", "/api/v1/users/me", "", `If-None-Match: "1"`)
	s.clock.Add(time.Second)
	s.send("PATCH", "/api/v1/users/me", `{"nick_name": "小梅"}`, `If-Match: "1"`, "Content-Type: application/merge-patch+json")
	s.send("PATCH", "/api/v1/users/me", `{"nick_name": null}`, `If-Match: "1"`)
	s.send("PATCH", "/api/v1/users/me", `{"nick_name": null}`, `If-Match: "1", "2"`)
	s.send("PATCH", "/api/v1/users/me", `{"user_name": "mia"}`)
	s.send("PUT", "/api/v1/users/me/password", `{"current_password": "wrong", "new_password": "staple the next one"}`)
	s.send("PUT", "/api/v1/users/me/password", `{"current_password": "correct horse battery", "new_password": "staple the next one"}`)
	s.send("DELETE", "/api/v1/users/me", "")
	s.send("DELETE", "/api/v1/users/me", `{"password": "wrong"}`)
	s.send("DELETE", "/api/v1/users/me", `{"password": "staple the next one"}`)
	s.send("GET", "/api/v1/users/me", "")
	s.end("account")
}

func TestGolden_Sessions(t *testing.T) {
	t.Parallel()
	s := newTranscript(t)
	s.send("POST", "/api/v1/users", credentials)
	s.send("POST", "/api/v1/sessions", `{"user_name": "mei", "password": "wrong"}`)
	s.send("POST", "/api/v1/sessions", `{"user_name": "mei"}`)
	phone := s.send("POST", "/api/v1/sessions", credentials, "User-Agent: phone")
	s.clock.Add(time.Minute)
	laptop := s.send("POST", "/api/v1/sessions", credentials, "User-Agent: laptop")
	s.token = laptop["access_token"].(string)
	sessions := s.send("GET", "/api/v1/sessions", "")["sessions"].([]any)
	s.clock.Add(time.Minute)
	next := s.send("POST", "/api/v1/sessions/refresh", `{"refresh_token": "`+laptop["refresh_token"].(string)+`"}`)
	s.send("POST", "/api/v1/sessions/refresh", `{"refresh_token": "made up"}`)
	s.token = next["access_token"].(string)
	s.send("DELETE", "/api/v1/sessions/"+sessions[1].(map[string]any)["id"].(string), "")
	s.send("DELETE", "/api/v1/sessions/01KAP3C8N2P4Q6R8S0T2V4W6X8", "")
	s.send("DELETE", "/api/v1/sessions/phone", "")
	s.send("POST", "/api/v1/sessions/refresh", `{"refresh_token": "`+phone["refresh_token"].(string)+`"}`)
	s.send("DELETE", "/api/v1/sessions/current", "")
	s.send("DELETE", "/api/v1/sessions", "")
	s.send("GET", "/api/v1/sessions", "")
	s.end("sessions")
}

func TestGolden_AccessTokens(t *testing.T) {
	t.Parallel()
	s := newTranscript(t)
	s.token = s.join(t, "mei")
	const tokens = "/api/v1/access-tokens"
	s.send("GET", tokens, "")
	s.send("POST", tokens, `{"scopes": ["tasks:read", "root"], "expire_time": "2020-01-01T00:00:00Z"}`)
	s.send("POST", tokens, `{"name": "backup", "scopes": "tasks:read", "expire_time": "soon", "token": "tdk_mine"}`, "Accept-Language: zh")
	backup := s.send("POST", tokens, `{"name": "backup", "scopes": ["tasks:read"]}`)
	s.clock.Add(time.Second)
	admin := s.send("POST", tokens, `{"name": "admin", "scopes": ["account", "tasks:read"], "expire_time": "2026-11-22T18:00:00+08:00"}`)
	s.token = backup["token"].(string)
	s.send("GET", "/api/v1/tasks", "")
	s.send("POST", "/api/v1/tasks", `{"title": "Water the tomatoes"}`)
	s.send("GET", tokens, "")
	s.token = admin["token"].(string)
	s.send("GET", tokens, "")
	s.send("POST", tokens, `{"name": "more", "scopes": ["tasks:write"]}`)
	s.send("DELETE", tokens+"/"+backup["id"].(string), "")
	s.send("DELETE", tokens+"/"+backup["id"].(string), "")
	s.send("DELETE", tokens+"/backup", "")
	s.clock.Add(time.Hour)
	s.send("GET", tokens, "")
	s.end("access-tokens")
}

func TestGolden_GuessedPasswords(t *testing.T) {
	t.Parallel()
	s := newTranscript(t)
	s.send("POST", "/api/v1/users", `{"user_name": "mei", "password": "PassWord1"}`)
	s.send("POST", "/api/v1/users", credentials)
	guess := req{method: "POST", path: "/api/v1/sessions", body: `{"user_name": "mei", "password": "guess"}`}
	for range 9 {
		s.want(t, 401, guess)
	}
	s.send("POST", "/api/v1/sessions", guess.body)
	s.send("POST", "/api/v1/sessions", guess.body)
	s.send("POST", "/api/v1/sessions", credentials, "Accept-Language: zh")
	s.clock.Add(5 * time.Second)
	s.send("POST", "/api/v1/sessions", credentials)
	s.allowRegistration(user.RegistrationPolicy{Codes: []string{"let me in, please"}})
	s.send("POST", "/api/v1/users", `{"user_name": "ann", "password": "correct horse battery"}`)
	s.send("POST", "/api/v1/users", `{"user_name": "ann", "password": "correct horse battery", "invitation_code": "let me in, please"}`)
	s.allowRegistration(user.RegistrationPolicy{Closed: true})
	s.send("POST", "/api/v1/users", `{"user_name": "joe", "password": "correct horse battery"}`, "Accept-Language: zh")
	s.end("guessing")
}

func TestGolden_Lists(t *testing.T) {
	t.Parallel()
	s := newTranscript(t)
	s.token = s.join(t, "mei")
	s.clock.Add(time.Second)
	inbox := s.send("GET", "/api/v1/lists", "")["lists"].([]any)[0].(map[string]any)["id"].(string)
	list := s.send("POST", "/api/v1/lists", `{"title": "Garden"}`, "Idempotency-Key: one")["id"].(string)
	s.clock.Add(time.Second)
	s.send("POST", "/api/v1/lists", `{ "title" : "\u0047arden" }`, "Idempotency-Key: one")
	s.send("POST", "/api/v1/lists", `{"title": "Balcony"}`, "Idempotency-Key: one")
	s.send("POST", "/api/v1/lists", `{"title": "First", "position": -1.5}`)
	s.send("GET", "/api/v1/lists?page_size=2", "")
	s.send("GET", "/api/v1/lists/"+list, "")
	s.send("GET", "/api/v1/lists/"+list, "", `If-None-Match: W/"1"`)
	s.send("PATCH", "/api/v1/lists/"+list, `{"title": "Garden and balcony"}`, `If-Match: *`)
	s.send("PATCH", "/api/v1/lists/"+list, `{"position": 7}`, `If-Match: "1"`)
	s.send("PATCH", "/api/v1/lists/"+list, `{"title": null, "inbox": true}`)
	s.send("DELETE", "/api/v1/lists/"+inbox, "")
	s.send("DELETE", "/api/v1/lists/"+list, "", `If-Match: "1"`)
	s.send("DELETE", "/api/v1/lists/"+list, "", `If-Match: "2"`)
	s.send("GET", "/api/v1/lists/"+list, "")
	s.send("GET", "/api/v1/lists/garden", "")
	s.end("lists")
}

func TestGolden_Tasks(t *testing.T) {
	t.Parallel()
	s := newTranscript(t)
	s.token = s.join(t, "mei")
	s.clock.Add(time.Second)
	first := s.send("POST", "/api/v1/tasks", `{"title": "Water the tomatoes"}`)["id"].(string)
	list := s.send("POST", "/api/v1/lists", `{"title": "Garden"}`)["id"].(string)
	s.clock.Add(time.Second)
	second := s.send("POST", "/api/v1/tasks", `{"title": "Mow", "list_id": "`+list+`", "content": "Not on Sunday.", "status": "in_progress", "priority": 2,
  "start": "2026-11-23T08:00:00+08:00", "due": "2026-11-24", "time_zone": "Asia/Shanghai", "labels": ["garden", "loud"], "position": 3}`)["id"].(string)
	s.send("GET", "/api/v1/tasks/"+second, "")
	s.send("GET", "/api/v1/tasks/"+second, "", `If-None-Match: "7", "1"`)
	page := s.send("GET", "/api/v1/tasks?page_size=1&order_by=title", "")
	s.send("GET", "/api/v1/tasks?page_size=1&order_by=title&page_token="+page["next_page_token"].(string), "")
	s.send("GET", "/api/v1/tasks?status=todo&due_before=2026-12-01", "")
	s.clock.Add(time.Second)
	s.send("PATCH", "/api/v1/tasks/"+second, `{"status": "done", "start": null, "time_zone": null, "labels": null, "content": null, "priority": null, "list_id": null}`,
		`If-Match: "1"`, "Content-Type: application/merge-patch+json")
	s.send("PATCH", "/api/v1/tasks/"+second, `{"title": "Mow the lawn"}`, `If-Match: "1"`)
	s.send("PATCH", "/api/v1/tasks/"+second, `{"title": "Mow the lawn"}`, `If-Match: W/"2"`)
	s.send("DELETE", "/api/v1/tasks/"+first, "")
	s.send("DELETE", "/api/v1/tasks/"+first, "")
	s.send("GET", "/api/v1/tasks?trash=true", "")
	s.send("POST", "/api/v1/tasks/"+first+"/restore", "")
	s.send("DELETE", "/api/v1/tasks/"+first+"?purge=true", "")
	s.send("GET", "/api/v1/tasks/"+first, "")
	s.send("POST", "/api/v1/tasks/"+first+"/restore", "")
	s.end("tasks")
}

func TestGolden_InvalidRequests(t *testing.T) {
	t.Parallel()
	s := newTranscript(t)
	s.token = s.join(t, "mei")
	const tasks = "/api/v1/tasks"
	s.send("GET", "/api/v1/nothing", "")
	s.send("GET", "/api/v1/tasks/", "")
	s.send("PUT", tasks, `{}`)
	s.send("POST", tasks, `{"title": "x"}`, "Content-Type: text/plain")
	s.send("POST", tasks, `{"title": "x"`)
	s.send("POST", tasks, `{}`)
	s.send("POST", tasks, `{"title": 1, "due": "soon", "labels": [2], "priority": "high", "status": "open", "list_id": "inbox", "id": "x", "colour": "red"}`)
	s.send("POST", tasks, `{"title": " ", "priority": 10, "time_zone": "Mars/Olympus", "labels": [""]}`, "Accept-Language: zh-CN,zh;q=0.9")
	s.send("POST", tasks, `{"title": "x"}`, "Idempotency-Key: two words")
	s.send("GET", tasks+"?page_size=201&status=open&due_before=now&trash=1&list_id=x&priority=high", "")
	s.send("GET", tasks+"?page_size=1&page_size=2&limit=3", "", "Accept-Language: zh")
	s.send("GET", tasks+"?page_token=made-up&order_by=colour&priority=12", "")
	s.send("DELETE", tasks+"/01KAP3C8N2P4Q6R8S0T2V4W6X8", "", "If-Match: 3")
	s.send("DELETE", tasks+"/01KAP3C8N2P4Q6R8S0T2V4W6X8?purge=yes", "")
	s.token += "x"
	s.send("GET", tasks, "")
	s.token = ""
	s.send("GET", tasks, "", "Accept-Language: zh-Hans")
	s.end("mistakes")
}

func TestGolden_Service(t *testing.T) {
	t.Parallel()
	s := newTranscript(t)
	s.send("GET", "/.well-known/jwks.json", "")
	s.send("GET", "/healthz", "")
	s.send("GET", "/readyz", "")
	s.ready = false
	s.send("GET", "/readyz", "")
	s.send("GET", "/healthz", "")
	s.end("service")
}
