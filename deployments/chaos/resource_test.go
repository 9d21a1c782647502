package chaos_test

import "net/http"

// resource is a task or a list, and what its checker knows of it.
type resource struct {
	*resourceKind
	history
	id   string // "": none was told
	next int    // step of its life
}

// resourceKind is where resources are found, and what is done to them, one after the other.
type resourceKind struct {
	noun, path, page string
	life             []lifeStep
}

// lifeStep is a write, and what it makes of the state before.
type lifeStep struct {
	method, suffix string
	want           []int
	makes          func(before, title string) state
}

var (
	tasks = &resourceKind{"task", tasksPath, tasksPath + "?order_by=-create_time", []lifeStep{
		{http.MethodPost, "", created, titled},
		{http.MethodPatch, "", ok, titled},
		{http.MethodDelete, "", gone, trashed},
		{http.MethodPost, "/restore", ok, restored},
		{http.MethodDelete, "?purge=true", gone, removed},
	}}
	lists = &resourceKind{"list", listsPath, listsPath, []lifeStep{
		{http.MethodPost, "", created, titled},
		{http.MethodPatch, "", ok, titled},
		{http.MethodDelete, "", gone, removed},
	}}
)

func titled(_, title string) state    { return state{title: title} }
func trashed(before, _ string) state  { return state{title: before, trashed: true} }
func restored(before, _ string) state { return state{title: before} }
func removed(_, _ string) state       { return state{} }

// finished says that nothing more is to be done to the resource.
func (x *resource) finished() bool { return x.next == len(x.life) }

// last is the state that was acknowledged last.
func (x *resource) last() acknowledgedState {
	if len(x.past) == 0 {
		return acknowledgedState{}
	}
	return x.past[len(x.past)-1]
}

// step returns what is to be done to the resource next, and what should be made by it.
func (x *resource) step() (request, state) {
	s, title := x.life[x.next], unique()
	r := request{service: taskService, method: s.method, path: x.path, want: s.want}
	if x.next > 0 {
		r.path += "/" + x.id + s.suffix
	}
	after := s.makes(x.last().title, title)
	if after.title == title {
		r.body = map[string]any{"title": title}
	}
	return r, after
}

// noteAcknowledged notes that the next step was acknowledged, and returns the state as the
// answer has it.
func (x *resource) noteAcknowledged(after state, a response) state {
	x.next++
	if told, err := decode[taskBody](a); err == nil {
		x.id, x.name, after.version = told.ID, x.noun+" "+told.ID, told.Version
	}
	return after
}

// noteUnknown notes that nobody knows whether the next step was taken, or will be.
// Nothing more is done to the resource, as it could not be told what came of it.
func (x *resource) noteUnknown(after state) {
	x.inDoubt = append(x.inDoubt, after)
	x.next = len(x.life)
}

// fromGet finds the resource in the answer that is about it.
func (x *resource) fromGet(a response) (state, error) {
	if a.status == http.StatusNotFound {
		return state{}, nil
	}
	one, err := decode[taskBody](a)
	return one.state(), err
}

// fromPage finds the resource on a page.
func (x *resource) fromPage(a response) (state, error) {
	page, err := decode[pageBody](a)
	for _, one := range append(page.Tasks, page.Lists...) {
		if one.ID == x.id {
			return one.state(), err
		}
	}
	return state{}, err
}

func (b taskBody) state() state { return state{b.Title, b.Version, b.DeleteTime != nil} }
