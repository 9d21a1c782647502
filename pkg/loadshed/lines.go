package loadshed

import "container/list"

// line is what one key has in work, and who of it waits.
type line struct {
	key     Key
	inWork  int
	waiting list.List     // of *waiter, the next one in front
	turn    *list.Element // its place in lines.turns; nil: it has none
}

// load is what a key takes of the limiter.
func (n *line) load() int { return n.inWork + n.waiting.Len() }

// waiter is a request that waits.
type waiter struct {
	line   *line
	place  *list.Element
	called chan struct{} // closed when its turn has come, or when it was pushed out
	out    error         // why it was pushed out; nil: it was not
}

// lines are those of the keys that have a request. In turns are those that have
// one that could be worked on if a place were free, the next one in front.
type lines struct {
	all   map[Key]*line
	turns list.List // of *line
	spare []*line   // to be used again: most keys come with one request at a time
}

// maxSpare bounds the lines that are kept to be used again.
const maxSpare = 64

func newLines() lines { return lines{all: map[Key]*line{}} }

// of returns the line of a key, and makes it if there is none. settle has to
// follow, unless something is added to it.
func (s *lines) of(key Key) *line {
	if n, ok := s.all[key]; ok {
		return n
	}
	var n *line
	if last := len(s.spare) - 1; last >= 0 {
		n, s.spare = s.spare[last], s.spare[:last]
		n.key = key
	} else {
		n = &line{key: key}
	}
	s.all[key] = n
	return n
}

// settle puts a line at the end of the turns, or takes it out, after a change. A
// line without requests is forgotten.
func (s *lines) settle(n *line, mayWork bool) {
	s.setTurn(n, mayWork, s.turns.PushBack)
	if n.load() > 0 {
		return
	}
	delete(s.all, n.key)
	if len(s.spare) < maxSpare {
		s.spare = append(s.spare, n)
	}
}

// setTurn lets a line have a turn if it may work and has something to work on.
func (s *lines) setTurn(n *line, mayWork bool, push func(any) *list.Element) {
	switch wanted := mayWork && n.waiting.Len() > 0; {
	case wanted && n.turn == nil:
		n.turn = push(n)
	case !wanted && n.turn != nil:
		s.turns.Remove(n.turn)
		n.turn = nil
	}
}

// mayWork says whether a line has less than its share in work.
func (l *Limiter) mayWork(n *line) bool { return n.key == Key{} || n.inWork < l.share }

// enqueue lets a request wait. A key that begins to wait is the next one, unless
// the order is that of arrival.
func (l *Limiter) enqueue(n *line) *waiter {
	w := &waiter{line: n, called: make(chan struct{})}
	push, pushTurn := n.waiting.PushFront, l.lines.turns.PushFront
	if l.inOrder {
		push, pushTurn = n.waiting.PushBack, l.lines.turns.PushBack
	}
	w.place = push(w)
	l.queued++
	l.lines.setTurn(n, l.mayWork(n), pushTurn)
	return w
}

// remove takes a request out of the queue. lines.settle has to follow.
func (l *Limiter) remove(w *waiter) {
	w.line.waiting.Remove(w.place)
	l.queued--
}

// giveTurns gives free places to those that wait. A line that had its turn waits
// for the next behind the others.
func (l *Limiter) giveTurns() {
	for l.free > 0 && l.lines.turns.Len() > 0 {
		n, _ := l.lines.turns.Front().Value.(*line)
		w, _ := n.waiting.Front().Value.(*waiter)
		l.remove(w)
		l.free--
		n.inWork++
		close(w.called)
		l.lines.turns.MoveToBack(n.turn)
		l.lines.settle(n, l.mayWork(n))
	}
}

// longest returns the line that takes the most of those that wait, if it takes so
// much more than own that one of its requests is to make room; nil if there is none.
func (l *Limiter) longest(own *line) *line {
	var most *line
	for _, n := range l.lines.all {
		if n.waiting.Len() > 0 && (most == nil || n.load() > most.load()) {
			most = n
		}
	}
	if most == nil || most.load() <= own.load()+1 {
		return nil
	}
	return most
}

// makeRoom pushes the last request of the longest line out of a full queue, so
// that one line does not fill it alone. Returns whether there was one.
func (l *Limiter) makeRoom(own *line) bool {
	most := l.longest(own)
	if most == nil {
		return false
	}
	w, _ := most.waiting.Back().Value.(*waiter)
	l.remove(w)
	w.out = l.full(most)
	close(w.called)
	l.lines.settle(most, l.mayWork(most))
	return true
}
