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

// runner runs batches when the test lets it, and reports them.
type runner struct {
	started chan []int
	proceed chan struct{}
	ended   chan error // the error of the batch's context at its end
}

func newRunner() *runner {
	return &runner{started: make(chan []int), proceed: make(chan struct{}), ended: make(chan error, 10)}
}

// double returns twice the value of each request, and an error for 13.
func (r *runner) double(ctx context.Context, reqs []int) []batch.Result[int] {
	r.started <- slices.Clone(reqs)
	select {
	case <-r.proceed:
	case <-ctx.Done():
	}
	r.ended <- ctx.Err()
	return doubled(reqs)
}

func doubled(reqs []int) []batch.Result[int] {
	results := make([]batch.Result[int], len(reqs))
	for i, n := range reqs {
		results[i].Value = 2 * n
		if n == 13 {
			results[i].Err = errThirteen
		}
	}
	return results
}

var errThirteen = errors.New("thirteen")

// callers make requests, and keep their results.
type callers struct {
	mu  sync.Mutex
	got map[int]int
	err map[int]error
	all sync.WaitGroup
}

func newCallers() *callers { return &callers{got: map[int]int{}, err: map[int]error{}} }

// do makes a request in the background.
func (c *callers) do(ctx context.Context, g *batch.Group[int, int], n int) {
	c.all.Go(func() {
		v, err := g.Do(ctx, n)
		c.mu.Lock()
		defer c.mu.Unlock()
		c.got[n], c.err[n] = v, err
	})
}

func (c *callers) check(t *testing.T) {
	t.Helper()
	c.all.Wait()
	for n, got := range c.got {
		if want := 2 * n; got != want || (n == 13) != errors.Is(c.err[n], errThirteen) {
			t.Errorf("%d: %d, %v", n, got, c.err[n])
		}
	}
}

func TestGroup_BatchRunning_NextBatchHasAllThatWait(t *testing.T) {
	t.Parallel()
	r, c := newRunner(), newCallers()
	g := batch.New(batch.Options{Size: 3}, r.double)
	c.do(t.Context(), g, 1)
	if first := <-r.started; !slices.Equal(first, []int{1}) {
		t.Fatalf("the first batch is %v", first)
	}
	for _, n := range []int{13, 2, 3, 4} {
		c.do(t.Context(), g, n)
	}
	batch.WaitForQueue(g, 4)
	r.proceed <- struct{}{}
	second := <-r.started
	r.proceed <- struct{}{}
	third := <-r.started
	r.proceed <- struct{}{}
	c.check(t)
	if len(second) != 3 || len(third) != 1 {
		t.Errorf("the batches are %v and %v, want three and one", second, third)
	}
}

func TestGroup_Parallelism_RunsSoManyBatchesAtOnce(t *testing.T) {
	t.Parallel()
	r, c := newRunner(), newCallers()
	g := batch.New(batch.Options{Size: 3, Parallelism: 2}, r.double)
	for n := 1; n <= 2; n++ {
		c.do(t.Context(), g, n)
		<-r.started
	}
	for n := 3; n <= 5; n++ {
		c.do(t.Context(), g, n)
	}
	batch.WaitForQueue(g, 3) // they wait, since two batches are running
	r.proceed <- struct{}{}
	if third := <-r.started; len(third) != 3 {
		t.Errorf("the third batch is %v", third)
	}
	close(r.proceed)
	c.check(t)
}

func TestGroup_Disabled_RunsEachRequestAloneAtOnce(t *testing.T) {
	t.Parallel()
	const requests = 40
	var all sync.WaitGroup
	all.Add(requests) // none of the runs returns before all of them have begun
	var mu sync.Mutex
	var contexts []context.Context //nolint:containedctx // to compare them
	g := batch.New(batch.Options{Size: 3, Parallelism: 2, Disabled: true}, func(ctx context.Context, reqs []int) []batch.Result[int] {
		all.Done()
		all.Wait()
		mu.Lock()
		defer mu.Unlock()
		contexts = append(contexts, ctx)
		if len(reqs) != 1 {
			t.Errorf("a batch of %v", reqs)
		}
		return doubled(reqs)
	})
	c := newCallers()
	for n := range requests {
		c.do(t.Context(), g, n)
	}
	c.check(t)
	for _, ctx := range contexts {
		if ctx != t.Context() {
			t.Errorf("run with %v, not with the caller's context", ctx)
		}
	}
}

// twoBatches has a batch of request 1 that is running, and requests 2 and 3 in
// the queue.
type twoBatches struct {
	*runner
	*callers

	leave func() // ends the contexts of those who may leave
}

// newTwoBatches lets the callers of some requests leave.
func newTwoBatches(t *testing.T, leaving ...int) *twoBatches {
	t.Helper()
	b := &twoBatches{runner: newRunner(), callers: newCallers()}
	g := batch.New(batch.Options{Size: 3}, b.double)
	b.do(t.Context(), g, 1)
	<-b.started
	leaves, leave := context.WithCancel(t.Context())
	b.leave = leave
	for n := 2; n <= 3; n++ {
		ctx := t.Context()
		if slices.Contains(leaving, n) {
			ctx = leaves
		}
		b.do(ctx, g, n)
	}
	batch.WaitForQueue(g, 2)
	return b
}

// next lets the first batch end, and returns the second when it has started.
func (b *twoBatches) next() []int {
	b.proceed <- struct{}{}
	<-b.ended
	return <-b.started
}

func TestGroup_OneCallerLeaves_BatchGoesOn(t *testing.T) {
	t.Parallel()
	b := newTwoBatches(t, 2)
	b.next()
	b.leave()
	b.proceed <- struct{}{}
	if err := <-b.ended; err != nil {
		t.Errorf("the batch was cancelled: %v", err)
	}
	b.all.Wait()
	if b.got[3] != 6 || b.err[3] != nil {
		t.Errorf("the caller who stayed got %d, %v", b.got[3], b.err[3])
	}
}

func TestGroup_AllCallersLeave_BatchIsCancelled(t *testing.T) {
	t.Parallel()
	b := newTwoBatches(t, 2, 3)
	b.next()
	b.leave()
	if err := <-b.ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the batch went on: %v", err)
	}
	b.all.Wait()
	if !errors.Is(b.err[2], context.Canceled) {
		t.Errorf("a caller who left got %v", b.err[2])
	}
}

func TestGroup_CallerLeftTheQueue_NotInTheBatch(t *testing.T) {
	t.Parallel()
	b := newTwoBatches(t, 2)
	b.leave()
	if second := b.next(); !slices.Equal(second, []int{3}) {
		t.Errorf("the batch is %v", second)
	}
	b.proceed <- struct{}{}
	b.all.Wait()
}

func TestGroup_BatchOverMaxHold_NextRunsBesideIt(t *testing.T) {
	t.Parallel()
	r, c := newRunner(), newCallers()
	g := batch.New(batch.Options{Size: 3, MaxHold: time.Millisecond}, r.double)
	c.do(t.Context(), g, 1)
	<-r.started
	c.do(t.Context(), g, 2)
	if second := <-r.started; !slices.Equal(second, []int{2}) { // though the first is running
		t.Errorf("the second batch is %v", second)
	}
	r.proceed <- struct{}{}
	r.proceed <- struct{}{}
	c.check(t)
	c.do(t.Context(), g, 3) // and none of them is counted any more
	<-r.started
	r.proceed <- struct{}{}
	c.check(t)
}

func TestGroup_RunFails_EachCallerGetsAnError(t *testing.T) {
	t.Parallel()
	for name, run := range map[string]batch.Run[int, int]{
		"panic":          func(context.Context, []int) []batch.Result[int] { panic("on purpose") },
		"missing result": func(context.Context, []int) []batch.Result[int] { return nil },
	} {
		for _, disabled := range []bool{false, true} {
			if _, err := batch.New(batch.Options{Disabled: disabled}, run).Do(t.Context(), 1); err == nil {
				t.Errorf("%s, disabled %v: no error", name, disabled)
			}
		}
	}
}
