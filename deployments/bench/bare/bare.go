// Package bare is what todokit is measured against: the four calls that the
// benchmark makes, written by hand as directly as Go allows. One process, the
// standard mux, database/sql with its statements written out, the same tables
// and the same JSON, and no checks of any kind: it believes every token, and
// takes every body for a good one. What it does not do is what todokit costs.
package bare

import (
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"
)

const (
	insertTask = "INSERT INTO tasks (user_id, id, list_id, trashed, title, content, status, priority, time_zone, labels, position, update_time, version, mutation) " +
		"VALUES (?, ?, ?, 0, ?, ?, ?, ?, '', ?, ?, ?, 1, ?)"
	updateTask = "UPDATE tasks SET title = COALESCE(?, title), content = COALESCE(?, content), update_time = ?, version = version + 1 WHERE user_id = ? AND id = ?"
	selectTask = "SELECT " + columns + " FROM tasks WHERE user_id = ? AND id = ?"
	// Without being told of the key, databases may sort all that the user has.
	selectPage = "SELECT " + columns + " FROM tasks %s tasks_created%s WHERE user_id = ? AND trashed = 0 ORDER BY id LIMIT ?"
)

type handler struct {
	writer, reader *sql.DB
	pageQuery      string
	users          sync.Map // by their tokens: as many as the benchmark has users
}

// Serve answers like todokit's gateway until the process ends, from the tables
// that a task service has made in the database of a URL.
func Serve(addr, url string) error {
	w, r, err := Open(url)
	if err != nil {
		return err
	}
	h := &handler{writer: w, reader: r, pageQuery: fmt.Sprintf(selectPage, "FORCE INDEX (", ")")}
	if strings.HasPrefix(url, "sqlite:") {
		h.pageQuery = fmt.Sprintf(selectPage, "INDEXED BY", "")
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /readyz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("POST /api/v1/tasks", h.answer(h.create))
	mux.HandleFunc("GET /api/v1/tasks", h.answer(h.list))
	mux.HandleFunc("GET /api/v1/tasks/{id}", h.answer(h.get))
	mux.HandleFunc("PATCH /api/v1/tasks/{id}", h.answer(h.update))
	return (&http.Server{Addr: addr, Handler: mux, ReadHeaderTimeout: 5 * time.Second}).ListenAndServe()
}

// answer responds with the task or the page that do returns for the user that
// the token names; nobody asks whether it is true. A failure is a status that
// the load generator counts.
func (h *handler) answer(do func(r *http.Request, user, id ulid.ULID) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var body []byte
		user, err := h.user(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
		id, _ := ulid.Parse(r.PathValue("id")) // there is no task of a wrong one
		status, result := http.StatusOK, any(nil)
		if err == nil {
			result, err = do(r, user, id)
		}
		if err == nil {
			body, err = json.Marshal(result)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		if t, ok := result.(task); ok {
			w.Header().Set("ETag", `"`+strconv.FormatInt(t.Version, 10)+`"`)
			if r.Method == http.MethodPost {
				status = http.StatusCreated
				w.Header().Set("Location", "/api/v1/tasks/"+t.ID)
			}
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(body))) // a longer one would be sent in chunks
		w.WriteHeader(status)
		_, _ = w.Write(body) // a client that went away cannot be told so
	}
}

// user reads the claim "sub" of a JSON Web Token.
func (h *handler) user(token string) (ulid.ULID, error) {
	if id, ok := h.users.Load(token); ok {
		return id.(ulid.ULID), nil
	}
	var claims struct {
		Subject ulid.ULID `json:"sub"`
	}
	_, payload, _ := strings.Cut(token, ".")
	payload, _, _ = strings.Cut(payload, ".")
	text, err := base64.RawURLEncoding.DecodeString(payload)
	if err = errors.Join(err, json.Unmarshal(text, &claims)); err == nil {
		h.users.Store(token, claims.Subject)
	}
	return claims.Subject, err
}

func (h *handler) create(r *http.Request, user, _ ulid.ULID) (any, error) {
	t := task{Status: "todo", Labels: []string{}}
	if err := json.NewDecoder(r.Body).Decode(&t); err != nil {
		return nil, err
	}
	labels, err := json.Marshal(t.Labels)
	if err != nil {
		return nil, err
	}
	id := ulid.Make()
	t.ID, t.ListID, t.Version = id.String(), user.String(), 1
	t.Position, t.CreateTime, t.UpdateTime = float64(id.Time()), id.Timestamp().UTC(), now()
	_, err = h.writer.ExecContext(r.Context(), insertTask, user[:], id[:], user[:], t.Title, t.Content, t.Status, t.Priority,
		string(labels), t.Position, t.UpdateTime.Format(Layout), id[:])
	return t, err
}

// list returns the first tasks in the order of their creation. It asks for one
// more, to know whether there are others.
func (h *handler) list(r *http.Request, user, _ ulid.ULID) (any, error) {
	size, err := strconv.Atoi(r.URL.Query().Get("page_size"))
	if err != nil {
		return nil, err
	}
	rows, err := h.reader.QueryContext(r.Context(), h.pageQuery, user[:], size+1)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	p := page{Tasks: make([]task, 0, size)}
	for rows.Next() {
		if len(p.Tasks) == size {
			p.Next = base64.RawURLEncoding.EncodeToString([]byte(p.Tasks[size-1].ID))
			break
		}
		t, err := scan(rows)
		if err != nil {
			return nil, err
		}
		p.Tasks = append(p.Tasks, t)
	}
	return p, rows.Err()
}

func (h *handler) get(r *http.Request, user, id ulid.ULID) (any, error) {
	return scan(h.reader.QueryRowContext(r.Context(), selectTask, user[:], id[:]))
}

func (h *handler) update(r *http.Request, user, id ulid.ULID) (any, error) {
	var patch struct{ Title, Content *string } // nil: as it is
	if err := json.NewDecoder(r.Body).Decode(&patch); err != nil {
		return nil, err
	}
	_, err := h.writer.ExecContext(r.Context(), updateTask, patch.Title, patch.Content, now().Format(Layout), user[:], id[:])
	if err != nil {
		return nil, err
	}
	return h.get(r, user, id)
}

func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
