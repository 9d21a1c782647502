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

func TestABatchGoesOnWhileSomebodyWaits(t *testing.T) {
	t.Parallel()
	d, a := newDesk(), newAnswers()
	g := batch.New(batch.Options{Size: 3}, d.double)
	a.ask(t.Context(), g, 1)
	<-d.begun
	leaves, leave := context.WithCancel(t.Context())
	a.ask(leaves, g, 2)
	a.ask(t.Context(), g, 3)
	batch.WaitFor(g, 2)
	d.goOn <- struct{}{}
	<-d.ended
	<-d.begun
	leave()
	d.goOn <- struct{}{}
	if err := <-d.ended; err != nil {
		t.Errorf("the batch was given up: %v", err)
	}
	a.all.Wait()
	if a.got[3] != 6 || a.err[3] != nil {
		t.Errorf("who stayed got %d, %v", a.got[3], a.err[3])
	}
}

func TestABatchThatNobodyWaitsForIsGivenUp(t *testing.T) {
	t.Parallel()
	d, a := newDesk(), newAnswers()
	g := batch.New(batch.Options{Size: 3}, d.double)
	a.ask(t.Context(), g, 1)
	<-d.begun
	leaves, leave := context.WithCancel(t.Context())
	a.ask(leaves, g, 2)
	a.ask(leaves, g, 3)
	batch.WaitFor(g, 2)
	d.goOn <- struct{}{}
	<-d.ended
	<-d.begun
	leave()
	if err := <-d.ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the batch went on: %v", err)
	}
	a.all.Wait()
	if !errors.Is(a.err[2], context.Canceled) {
		t.Errorf("who left got %v", a.err[2])
	}
}

func TestWhoHasLeftIsInNoBatch(t *testing.T) {
	t.Parallel()
	d, a := newDesk(), newAnswers()
	g := batch.New(batch.Options{Size: 3}, d.double)
	a.ask(t.Context(), g, 1)
	<-d.begun
	leaves, leave := context.WithCancel(t.Context())
	a.ask(leaves, g, 2)
	a.ask(t.Context(), g, 3)
	batch.WaitFor(g, 2)
	leave()
	d.goOn <- struct{}{}
	if second := <-d.begun; !slices.Equal(second, []int{3}) {
		t.Errorf("the batch is %v", second)
	}
	d.goOn <- struct{}{}
	a.all.Wait()
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
