package chaos_test

import "net/http"

// thing is a task or a list, and what its witness knows of it.
type thing struct {
	*kind
	history
	id   string // "": none was told
	next int    // step of its life
}

// kind is where things are found, and what is done to them, one after the other.
type kind struct {
	noun, path, page string
	life             []step
}

// step is a write, and what it makes of the state before.
type step struct {
	method, suffix string
	want           []int
	makes          func(before, title string) state
}

var (
	tasks = &kind{"task", tasksPath, tasksPath + "?order_by=-create_time", []step{
		{http.MethodPost, "", created, titled},
		{http.MethodPatch, "", ok, titled},
		{http.MethodDelete, "", gone, trashed},
		{http.MethodPost, "/restore", ok, restored},
		{http.MethodDelete, "?purge=true", gone, removed},
	}}
	lists = &kind{"list", listsPath, listsPath, []step{
		{http.MethodPost, "", created, titled},
		{http.MethodPatch, "", ok, titled},
		{http.MethodDelete, "", gone, removed},
	}}
)

func titled(_, title string) state    { return state{title: title} }
func trashed(before, _ string) state  { return state{title: before, trashed: true} }
func restored(before, _ string) state { return state{title: before} }
func removed(_, _ string) state       { return state{} }

// over says that nothing more is to be done to the thing.
func (x *thing) over() bool { return x.next == len(x.life) }

// last is the state that was acknowledged last.
func (x *thing) last() claim {
	if len(x.past) == 0 {
		return claim{}
	}
	return x.past[len(x.past)-1]
}

// step returns what is to be done to the thing next, and what should be made by it.
func (x *thing) step() (request, state) {
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

// done notes that the next step was acknowledged, and returns the state as the
// answer has it.
func (x *thing) done(after state, a answer) state {
	x.next++
	if told, err := decode[taskBody](a); err == nil {
		x.id, x.name, after.version = told.ID, x.noun+" "+told.ID, told.Version
	}
	return after
}

// doubt notes that nobody knows whether the next step was taken, or will be.
// Nothing more is done to the thing, as it could not be told what came of it.
func (x *thing) doubt(after state) {
	x.inDoubt = append(x.inDoubt, after)
	x.next = len(x.life)
}

// alone finds the thing in the answer that is about it.
func (x *thing) alone(a answer) (state, error) {
	if a.status == http.StatusNotFound {
		return state{}, nil
	}
	one, err := decode[taskBody](a)
	return one.state(), err
}

// onPage finds the thing on a page.
func (x *thing) onPage(a answer) (state, error) {
	page, err := decode[pageBody](a)
	for _, one := range append(page.Tasks, page.Lists...) {
		if one.ID == x.id {
			return one.state(), err
		}
	}
	return state{}, err
}

func (b taskBody) state() state { return state{b.Title, b.Version, b.DeleteTime != nil} }
