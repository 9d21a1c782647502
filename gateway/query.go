package gateway

import "todokit/pkg/rest"

// parameter is a query parameter: its name, and how its value is read into a
// request for a service. It notes in the query what is wrong with the value.
type parameter[T any] struct {
	name string
	read func(q *rest.Query, name string, into *T)
}

// parameters are those that a route takes.
type parameters[T any] []parameter[T]

func (p parameters[T]) names() []string {
	names := make([]string, len(p))
	for i, x := range p {
		names[i] = x.name
	}
	return names
}

// read reads those that are given. Returns errs.ErrInvalid with every one that
// is wrong.
func (p parameters[T]) read(q *rest.Query, into *T) error {
	for _, x := range p {
		if q.Has(x.name) {
			x.read(q, x.name, into)
		}
	}
	return q.Err()
}
