package gateway_test

import (
	"testing"
	"time"

	"todokit/user"
)

const credentials = `{"user_name": "mei", "password": "correct horse battery"}`

func TestStoryOfAnAccount(t *testing.T) {
	t.Parallel()
	s := tell(t)
	s.ask("POST", "/api/v1/users", `{"user_name": "m!", "password": "short", "nickname": "Mei"}`)
	s.ask("POST", "/api/v1/users", `{"user_name": "m!", "password": "short"}`)
	s.ask("POST", "/api/v1/users", `{"user_name": "mei", "password": "correct horse battery", "nick_name": "Mei"}`)
	s.ask("POST", "/api/v1/users", `{"user_name": "MEI", "password": "correct horse battery"}`)
	s.ask("GET", "/api/v1/users/me", "")
	s.token = s.ask("POST", "/api/v1/sessions", credentials)["access_token"].(string)
	s.ask("GET", "/api/v1/users/me", "")
	s.ask("GET", "/api/v1/users/me", "", `If-None-Match: "1"`)
	s.clock.Add(time.Second)
	s.ask("PATCH", "/api/v1/users/me", `{"nick_name": "小梅"}`, `If-Match: "1"`, "Content-Type: application/merge-patch+json")
	s.ask("PATCH", "/api/v1/users/me", `{"nick_name": null}`, `If-Match: "1"`)
	s.ask("PATCH", "/api/v1/users/me", `{"nick_name": null}`, `If-Match: "1", "2"`)
	s.ask("PATCH", "/api/v1/users/me", `{"user_name": "mia"}`)
	s.ask("PUT", "/api/v1/users/me/password", `{"current_password": "wrong", "new_password": "staple the next one"}`)
	s.ask("PUT", "/api/v1/users/me/password", `{"current_password": "correct horse battery", "new_password": "staple the next one"}`)
	s.ask("DELETE", "/api/v1/users/me", "")
	s.ask("DELETE", "/api/v1/users/me", `{"password": "wrong"}`)
	s.ask("DELETE", "/api/v1/users/me", `{"password": "staple the next one"}`)
	s.ask("GET", "/api/v1/users/me", "")
	s.end("account")
}

func TestStoryOfSessions(t *testing.T) {
	t.Parallel()
	s := tell(t)
	s.ask("POST", "/api/v1/users", credentials)
	s.ask("POST", "/api/v1/sessions", `{"user_name": "mei", "password": "wrong"}`)
	s.ask("POST", "/api/v1/sessions", `{"user_name": "mei"}`)
	phone := s.ask("POST", "/api/v1/sessions", credentials, "User-Agent: phone")
	s.clock.Add(time.Minute)
	laptop := s.ask("POST", "/api/v1/sessions", credentials, "User-Agent: laptop")
	s.token = laptop["access_token"].(string)
	sessions := s.ask("GET", "/api/v1/sessions", "")["sessions"].([]any)
	s.clock.Add(time.Minute)
	next := s.ask("POST", "/api/v1/sessions/refresh", `{"refresh_token": "`+laptop["refresh_token"].(string)+`"}`)
	s.ask("POST", "/api/v1/sessions/refresh", `{"refresh_token": "made up"}`)
	s.token = next["access_token"].(string)
	s.ask("DELETE", "/api/v1/sessions/"+sessions[1].(map[string]any)["id"].(string), "")
	s.ask("DELETE", "/api/v1/sessions/01KAP3C8N2P4Q6R8S0T2V4W6X8", "")
	s.ask("DELETE", "/api/v1/sessions/phone", "")
	s.ask("POST", "/api/v1/sessions/refresh", `{"refresh_token": "`+phone["refresh_token"].(string)+`"}`)
	s.ask("DELETE", "/api/v1/sessions/current", "")
	s.ask("DELETE", "/api/v1/sessions", "")
	s.ask("GET", "/api/v1/sessions", "")
	s.end("sessions")
}

func TestStoryOfAccessTokens(t *testing.T) {
	t.Parallel()
	s := tell(t)
	s.token = s.join(t, "mei")
	const tokens = "/api/v1/access-tokens"
	s.ask("GET", tokens, "")
	s.ask("POST", tokens, `{"scopes": ["tasks:read", "root"], "expire_time": "2020-01-01T00:00:00Z"}`)
	s.ask("POST", tokens, `{"name": "backup", "scopes": "tasks:read", "expire_time": "soon", "token": "tdk_mine"}`, "Accept-Language: zh")
	backup := s.ask("POST", tokens, `{"name": "backup", "scopes": ["tasks:read"]}`)
	s.clock.Add(time.Second)
	admin := s.ask("POST", tokens, `{"name": "admin", "scopes": ["account", "tasks:read"], "expire_time": "2026-11-22T18:00:00+08:00"}`)
	s.token = backup["token"].(string)
	s.ask("GET", "/api/v1/tasks", "")
	s.ask("POST", "/api/v1/tasks", `{"title": "Water the tomatoes"}`)
	s.ask("GET", tokens, "")
	s.token = admin["token"].(string)
	s.ask("GET", tokens, "")
	s.ask("POST", tokens, `{"name": "more", "scopes": ["tasks:write"]}`)
	s.ask("DELETE", tokens+"/"+backup["id"].(string), "")
	s.ask("DELETE", tokens+"/"+backup["id"].(string), "")
	s.ask("DELETE", tokens+"/backup", "")
	s.clock.Add(time.Hour)
	s.ask("GET", tokens, "")
	s.end("access-tokens")
}

func TestStoryOfGuessing(t *testing.T) {
	t.Parallel()
	s := tell(t)
	s.ask("POST", "/api/v1/users", `{"user_name": "mei", "password": "PassWord1"}`)
	s.ask("POST", "/api/v1/users", credentials)
	guess := ask{method: "POST", path: "/api/v1/sessions", body: `{"user_name": "mei", "password": "guess"}`}
	for range 9 {
		s.want(t, 401, guess)
	}
	s.ask("POST", "/api/v1/sessions", guess.body)
	s.ask("POST", "/api/v1/sessions", guess.body)
	s.ask("POST", "/api/v1/sessions", credentials, "Accept-Language: zh")
	s.clock.Add(5 * time.Second)
	s.ask("POST", "/api/v1/sessions", credentials)
	s.admit(user.RegistrationPolicy{Codes: []string{"let me in, please"}})
	s.ask("POST", "/api/v1/users", `{"user_name": "ann", "password": "correct horse battery"}`)
	s.ask("POST", "/api/v1/users", `{"user_name": "ann", "password": "correct horse battery", "invitation_code": "let me in, please"}`)
	s.admit(user.RegistrationPolicy{Closed: true})
	s.ask("POST", "/api/v1/users", `{"user_name": "joe", "password": "correct horse battery"}`, "Accept-Language: zh")
	s.end("guessing")
}

func TestStoryOfLists(t *testing.T) {
	t.Parallel()
	s := tell(t)
	s.token = s.join(t, "mei")
	s.clock.Add(time.Second)
	inbox := s.ask("GET", "/api/v1/lists", "")["lists"].([]any)[0].(map[string]any)["id"].(string)
	list := s.ask("POST", "/api/v1/lists", `{"title": "Garden"}`, "Idempotency-Key: one")["id"].(string)
	s.clock.Add(time.Second)
	s.ask("POST", "/api/v1/lists", `{ "title" : "\u0047arden" }`, "Idempotency-Key: one")
	s.ask("POST", "/api/v1/lists", `{"title": "Balcony"}`, "Idempotency-Key: one")
	s.ask("POST", "/api/v1/lists", `{"title": "First", "position": -1.5}`)
	s.ask("GET", "/api/v1/lists?page_size=2", "")
	s.ask("GET", "/api/v1/lists/"+list, "")
	s.ask("GET", "/api/v1/lists/"+list, "", `If-None-Match: W/"1"`)
	s.ask("PATCH", "/api/v1/lists/"+list, `{"title": "Garden and balcony"}`, `If-Match: *`)
	s.ask("PATCH", "/api/v1/lists/"+list, `{"position": 7}`, `If-Match: "1"`)
	s.ask("PATCH", "/api/v1/lists/"+list, `{"title": null, "inbox": true}`)
	s.ask("DELETE", "/api/v1/lists/"+inbox, "")
	s.ask("DELETE", "/api/v1/lists/"+list, "", `If-Match: "1"`)
	s.ask("DELETE", "/api/v1/lists/"+list, "", `If-Match: "2"`)
	s.ask("GET", "/api/v1/lists/"+list, "")
	s.ask("GET", "/api/v1/lists/garden", "")
	s.end("lists")
}

func TestStoryOfTasks(t *testing.T) {
	t.Parallel()
	s := tell(t)
	s.token = s.join(t, "mei")
	s.clock.Add(time.Second)
	first := s.ask("POST", "/api/v1/tasks", `{"title": "Water the tomatoes"}`)["id"].(string)
	list := s.ask("POST", "/api/v1/lists", `{"title": "Garden"}`)["id"].(string)
	s.clock.Add(time.Second)
	second := s.ask("POST", "/api/v1/tasks", `{"title": "Mow", "list_id": "`+list+`", "content": "Not on Sunday.", "status": "in_progress", "priority": 2,
  "start": "2026-11-23T08:00:00+08:00", "due": "2026-11-24", "time_zone": "Asia/Shanghai", "labels": ["garden", "loud"], "position": 3}`)["id"].(string)
	s.ask("GET", "/api/v1/tasks/"+second, "")
	s.ask("GET", "/api/v1/tasks/"+second, "", `If-None-Match: "7", "1"`)
	page := s.ask("GET", "/api/v1/tasks?page_size=1&order_by=title", "")
	s.ask("GET", "/api/v1/tasks?page_size=1&order_by=title&page_token="+page["next_page_token"].(string), "")
	s.ask("GET", "/api/v1/tasks?status=todo&due_before=2026-12-01", "")
	s.clock.Add(time.Second)
	s.ask("PATCH", "/api/v1/tasks/"+second, `{"status": "done", "start": null, "time_zone": null, "labels": null, "content": null, "priority": null, "list_id": null}`,
		`If-Match: "1"`, "Content-Type: application/merge-patch+json")
	s.ask("PATCH", "/api/v1/tasks/"+second, `{"title": "Mow the lawn"}`, `If-Match: "1"`)
	s.ask("PATCH", "/api/v1/tasks/"+second, `{"title": "Mow the lawn"}`, `If-Match: W/"2"`)
	s.ask("DELETE", "/api/v1/tasks/"+first, "")
	s.ask("DELETE", "/api/v1/tasks/"+first, "")
	s.ask("GET", "/api/v1/tasks?trash=true", "")
	s.ask("POST", "/api/v1/tasks/"+first+"/restore", "")
	s.ask("DELETE", "/api/v1/tasks/"+first+"?purge=true", "")
	s.ask("GET", "/api/v1/tasks/"+first, "")
	s.ask("POST", "/api/v1/tasks/"+first+"/restore", "")
	s.end("tasks")
}

func TestStoryOfMistakes(t *testing.T) {
	t.Parallel()
	s := tell(t)
	s.token = s.join(t, "mei")
	const tasks = "/api/v1/tasks"
	s.ask("GET", "/api/v1/nothing", "")
	s.ask("GET", "/api/v1/tasks/", "")
	s.ask("PUT", tasks, `{}`)
	s.ask("POST", tasks, `{"title": "x"}`, "Content-Type: text/plain")
	s.ask("POST", tasks, `{"title": "x"`)
	s.ask("POST", tasks, `{}`)
	s.ask("POST", tasks, `{"title": 1, "due": "soon", "labels": [2], "priority": "high", "status": "open", "list_id": "inbox", "id": "x", "colour": "red"}`)
	s.ask("POST", tasks, `{"title": " ", "priority": 10, "time_zone": "Mars/Olympus", "labels": [""]}`, "Accept-Language: zh-CN,zh;q=0.9")
	s.ask("POST", tasks, `{"title": "x"}`, "Idempotency-Key: two words")
	s.ask("GET", tasks+"?page_size=201&status=open&due_before=now&trash=1&list_id=x&priority=high", "")
	s.ask("GET", tasks+"?page_size=1&page_size=2&limit=3", "", "Accept-Language: zh")
	s.ask("GET", tasks+"?page_token=made-up&order_by=colour&priority=12", "")
	s.ask("DELETE", tasks+"/01KAP3C8N2P4Q6R8S0T2V4W6X8", "", "If-Match: 3")
	s.ask("DELETE", tasks+"/01KAP3C8N2P4Q6R8S0T2V4W6X8?purge=yes", "")
	s.token += "x"
	s.ask("GET", tasks, "")
	s.token = ""
	s.ask("GET", tasks, "", "Accept-Language: zh-Hans")
	s.end("mistakes")
}

func TestStoryOfTheService(t *testing.T) {
	t.Parallel()
	s := tell(t)
	s.ask("GET", "/.well-known/jwks.json", "")
	s.ask("GET", "/healthz", "")
	s.ask("GET", "/readyz", "")
	s.ready = false
	s.ask("GET", "/readyz", "")
	s.ask("GET", "/healthz", "")
	s.end("service")
}
