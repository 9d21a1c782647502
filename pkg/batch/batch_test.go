package batch_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"todokit/pkg/batch"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// desk carries out batches when the test lets it, and notes them.
type desk struct {
	begun chan []int
	goOn  chan struct{}
	ended chan error // of the context of a batch, when it was let go on
}

func newDesk() *desk {
	return &desk{begun: make(chan []int), goOn: make(chan struct{}), ended: make(chan error, 10)}
}

// double answers each request with twice its value, and refuses 13.
func (d *desk) double(ctx context.Context, reqs []int) []batch.Result[int] {
	d.begun <- slices.Clone(reqs)
	select {
	case <-d.goOn:
	case <-ctx.Done():
	}
	d.ended <- ctx.Err()
	results := make([]batch.Result[int], len(reqs))
	for i, r := range reqs {
		results[i].Value = 2 * r
		if r == 13 {
			results[i].Err = errUnlucky
		}
	}
	return results
}

var errUnlucky = errors.New("unlucky")

// answers are what became of requests.
type answers struct {
	mu  sync.Mutex
	got map[int]int
	err map[int]error
	all sync.WaitGroup
}

// ask asks for something in the background.
func (a *answers) ask(ctx context.Context, g *batch.Group[int, int], n int) {
	a.all.Go(func() {
		v, err := g.Do(ctx, n)
		a.mu.Lock()
		defer a.mu.Unlock()
		a.got[n], a.err[n] = v, err
	})
}

func newAnswers() *answers { return &answers{got: map[int]int{}, err: map[int]error{}} }

func TestRequestsGatherWhileABatchIsUnderWay(t *testing.T) {
	t.Parallel()
	d, a := newDesk(), newAnswers()
	g := batch.New(batch.Options{Size: 3}, d.double)
	a.ask(t.Context(), g, 1)
	if first := <-d.begun; !slices.Equal(first, []int{1}) {
		t.Fatalf("the first batch is %v", first)
	}
	for _, n := range []int{13, 2, 3, 4} {
		a.ask(t.Context(), g, n)
	}
	batch.WaitFor(g, 4)
	d.goOn <- struct{}{}
	second := <-d.begun
	d.goOn <- struct{}{}
	third := <-d.begun
	d.goOn <- struct{}{}
	a.all.Wait()
	if len(second) != 3 || len(third) != 1 {
		t.Errorf("the batches are %v and %v, want three and one", second, third)
	}
	for n, got := range a.got {
		if want := 2 * n; got != want || (n == 13) != errors.Is(a.err[n], errUnlucky) {
			t.Errorf("%d: %d, %v", n, got, a.err[n])
		}
	}
}

// queue is a batch of 1 that is under way, and two requests behind it.
type queue struct {
	*desk
	*answers

	leave func() // of those who may leave
}

// newQueue makes a queue. Who waits for one of the leaving may leave.
func newQueue(t *testing.T, leaving ...int) *queue {
	t.Helper()
	q := &queue{desk: newDesk(), answers: newAnswers()}
	g := batch.New(batch.Options{Size: 3}, q.double)
	q.ask(t.Context(), g, 1)
	<-q.begun
	leaves, leave := context.WithCancel(t.Context())
	q.leave = leave
	for n := 2; n <= 3; n++ {
		ctx := t.Context()
		if slices.Contains(leaving, n) {
			ctx = leaves
		}
		q.ask(ctx, g, n)
	}
	batch.WaitFor(g, 2)
	return q
}

// next lets the first batch end, and returns the second when it has begun.
func (q *queue) next() []int {
	q.goOn <- struct{}{}
	<-q.ended
	return <-q.begun
}

func TestABatchGoesOnWhileSomebodyWaits(t *testing.T) {
	t.Parallel()
	q := newQueue(t, 2)
	q.next()
	q.leave()
	q.goOn <- struct{}{}
	if err := <-q.ended; err != nil {
		t.Errorf("the batch was given up: %v", err)
	}
	q.all.Wait()
	if q.got[3] != 6 || q.err[3] != nil {
		t.Errorf("who stayed got %d, %v", q.got[3], q.err[3])
	}
}

func TestABatchThatNobodyWaitsForIsGivenUp(t *testing.T) {
	t.Parallel()
	q := newQueue(t, 2, 3)
	q.next()
	q.leave()
	if err := <-q.ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the batch went on: %v", err)
	}
	q.all.Wait()
	if !errors.Is(q.err[2], context.Canceled) {
		t.Errorf("who left got %v", q.err[2])
	}
}

func TestWhoHasLeftIsInNoBatch(t *testing.T) {
	t.Parallel()
	q := newQueue(t, 2)
	q.leave()
	if second := q.next(); !slices.Equal(second, []int{3}) {
		t.Errorf("the batch is %v", second)
	}
	q.goOn <- struct{}{}
	q.all.Wait()
}

// A batch that takes longer than the others have patience for goes on beside the
// next one.
func TestASlowBatchHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	d, a := newDesk(), newAnswers()
	g := batch.New(batch.Options{Size: 3, Patience: time.Millisecond}, d.double)
	a.ask(t.Context(), g, 1)
	<-d.begun
	a.ask(t.Context(), g, 2)
	if second := <-d.begun; !slices.Equal(second, []int{2}) { // though the first is under way
		t.Errorf("the second batch is %v", second)
	}
	d.goOn <- struct{}{}
	d.goOn <- struct{}{}
	a.all.Wait()
	if a.got[1] != 2 || a.got[2] != 4 {
		t.Errorf("got %v", a.got)
	}
	a.ask(t.Context(), g, 3) // and none of them is counted any more
	<-d.begun
	d.goOn <- struct{}{}
	a.all.Wait()
}

func TestAPanicIsAnErrorOfEachCaller(t *testing.T) {
	t.Parallel()
	g := batch.New(batch.Options{}, func(context.Context, []int) []batch.Result[int] { panic("no such luck") })
	if _, err := g.Do(t.Context(), 1); err == nil {
		t.Error("no error")
	}
	short := batch.New(batch.Options{}, func(context.Context, []int) []batch.Result[int] { return nil })
	if _, err := short.Do(t.Context(), 1); err == nil {
		t.Error("no error for a result that is missing")
	}
}
