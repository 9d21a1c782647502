// Package bare is what todokit is measured against: the four calls that the
// benchmark makes, written by hand as directly as Go allows. One process, the
// standard mux, database/sql with its statements written out, the same tables
// and the same JSON, and no checks of any kind: it believes every token, and
// takes every body for a good one. What it does not do is what todokit costs.
package bare

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/oklog/ulid/v2"
)

// defaultPageSize is how many tasks a page has whose size nobody chose.
const defaultPageSize = 50

// Handler answers like todokit's gateway.
type Handler struct {
	store  *Store
	owners owners
}

// NewHandler returns a handler over a store.
func NewHandler(store *Store) http.Handler {
	h := &Handler{store: store}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v1/tasks", h.answering(h.create))
	mux.HandleFunc("GET /api/v1/tasks", h.answering(h.list))
	mux.HandleFunc("GET /api/v1/tasks/{id}", h.answering(h.get))
	mux.HandleFunc("PATCH /api/v1/tasks/{id}", h.answering(h.update))
	return mux
}

// answering shows a failure, which a measurement counts and nobody reads.
func (h *Handler) answering(do func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := do(w, r); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	}
}

func (h *Handler) create(w http.ResponseWriter, r *http.Request) error {
	owner, err := h.owners.of(r)
	if err != nil {
		return err
	}
	t := Task{Status: "todo", Labels: []string{}}
	if err = json.NewDecoder(r.Body).Decode(&t); err != nil {
		return fmt.Errorf("decode a task: %w", err)
	}
	id := ulid.Make()
	t.ID, t.ListID, t.Version = id.String(), owner.String(), 1
	t.Position, t.CreateTime, t.UpdateTime = float64(id.Time()), id.Timestamp().UTC(), now()
	if err = h.store.Insert(r.Context(), owner, id, t); err != nil {
		return err
	}
	w.Header().Set("Location", "/api/v1/tasks/"+t.ID)
	return writeTask(w, http.StatusCreated, t)
}

func (h *Handler) list(w http.ResponseWriter, r *http.Request) error {
	owner, err := h.owners.of(r)
	if err != nil {
		return err
	}
	size := defaultPageSize
	if asked := r.URL.Query().Get("page_size"); asked != "" {
		if size, err = strconv.Atoi(asked); err != nil {
			return fmt.Errorf("page_size: %w", err)
		}
	}
	page, err := h.store.Page(r.Context(), owner, size)
	if err != nil {
		return err
	}
	return write(w, http.StatusOK, page)
}

func (h *Handler) get(w http.ResponseWriter, r *http.Request) error {
	owner, id, err := h.task(r)
	if err != nil {
		return err
	}
	t, err := h.store.Task(r.Context(), owner, id)
	if err != nil {
		return err
	}
	return writeTask(w, http.StatusOK, t)
}

func (h *Handler) update(w http.ResponseWriter, r *http.Request) error {
	owner, id, err := h.task(r)
	if err != nil {
		return err
	}
	var change Change
	if err = json.NewDecoder(r.Body).Decode(&change); err != nil {
		return fmt.Errorf("decode a change: %w", err)
	}
	if err = h.store.Update(r.Context(), owner, id, change, now()); err != nil {
		return err
	}
	t, err := h.store.Task(r.Context(), owner, id)
	if err != nil {
		return err
	}
	return writeTask(w, http.StatusOK, t)
}

// task returns the task that the path names.
func (h *Handler) task(r *http.Request) (owner, id ulid.ULID, err error) {
	if owner, err = h.owners.of(r); err != nil {
		return owner, id, err
	}
	if id, err = ulid.ParseStrict(r.PathValue("id")); err != nil {
		return owner, id, fmt.Errorf("id: %w", err)
	}
	return owner, id, nil
}

func writeTask(w http.ResponseWriter, status int, t Task) error {
	w.Header().Set("ETag", `"`+strconv.FormatInt(t.Version, 10)+`"`)
	return write(w, status, t)
}

func write(w http.ResponseWriter, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode an answer: %w", err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body))) // a longer one would be sent in chunks
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that went away cannot be told so
	return nil
}

func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
