package tasktest

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"
	"pgregory.net/rapid"

	"todokit/pkg/casefold"
	"todokit/pkg/optional"
	"todokit/task"
)

// pick returns one of the values.
func pick[T any](random *rand.Rand, values ...T) T { return values[random.IntN(len(values))] }

// populate stores tasks that differ in few values each, so that many tie.
func (fx *storeFixture) populate(t *testing.T, list ulid.ULID) []task.Task {
	t.Helper()
	random := rand.New(rand.NewPCG(3, 4))
	hour := fx.now.Truncate(time.Hour)
	var all []task.Task
	for range 60 {
		v := fx.task(pick(random, "a", "A", "ä", "Ä", "b", "b ", "b\t", "b!", "bb", "😀", "日本", "￿", "100%", "a_b"))
		v.Content = pick(random, "", "Needle", `it's a \ matter`, "ΑΛΦΑ")
		v.ListID = pick(random, fx.owner, list)
		v.Status = pick(random, task.Statuses()...)
		v.Priority = pick(random, 0, 0, 1, 2, 9)
		v.Position = pick(random, -1e300, -1.5, 0, 5e-324, 0.1, 1e300)
		if v.Status == task.Done {
			v.CompleteTime = &hour
		}
		if random.IntN(3) > 0 {
			v.Due = &task.When{Instant: pick(random, hour, hour.Add(10*time.Microsecond), hour.Add(-time.Hour))}
		}
		if random.IntN(4) == 0 {
			v.DeleteTime = &hour
		}
		for _, label := range []string{"x", "X", "ÿ"} {
			if random.IntN(3) == 0 {
				v.Labels = append(v.Labels, label)
			}
		}
		all = append(all, fx.add(t, v))
	}
	return all
}

// sometimes draws one of the values, but most often the zero value.
func sometimes[T any](rt *rapid.T, label string, values ...T) (v T) {
	if rapid.IntRange(0, 4).Draw(rt, label+"?") == 0 {
		v = rapid.SampledFrom(values).Draw(rt, label)
	}
	return v
}

// drawFilter draws a filter of what populate stores.
func drawFilter(rt *rapid.T, fx *storeFixture, list ulid.ULID, all []task.Task) task.Filter {
	hour := fx.now.Truncate(time.Hour)
	var times []*time.Time
	for _, d := range []time.Duration{0, time.Microsecond, 10 * time.Microsecond, -time.Hour, time.Hour} {
		at := hour.Add(d)
		times = append(times, &at)
	}
	updated := []*time.Time{&fx.now, &all[0].UpdateTime, &all[len(all)/2].UpdateTime, &all[len(all)-1].UpdateTime}
	f := task.Filter{
		ListID:       sometimes(rt, "list", optional.Of(fx.owner), optional.Of(list)),
		Status:       sometimes(rt, "status", optional.Of(task.Todo), optional.Of(task.Done)),
		Priority:     sometimes(rt, "priority", optional.Of(0), optional.Of(1), optional.Of(9)),
		Label:        sometimes(rt, "label", "x", "X", "ÿ", "y"),
		DueBefore:    sometimes(rt, "due before", times...),
		DueAfter:     sometimes(rt, "due after", times...),
		UpdatedAfter: sometimes(rt, "updated after", updated...),
		Text:         sometimes(rt, "text", "a", "Ä", "nEEdle", "%", "_", `\`, "'", "αλφ", "😀", "b "),
		Trash:        sometimes(rt, "trash", true),
	}
	f.Label, f.Text = casefold.String(f.Label), casefold.String(f.Text)
	return f
}

func testPages(t *testing.T, fx *storeFixture) {
	list := fx.addList(t, "other", 1).ID
	all := fx.populate(t, list)
	revision := fx.revision(t)
	rapid.Check(t, func(rt *rapid.T) {
		q := task.TaskQuery{
			Owner: fx.owner, Filter: drawFilter(rt, fx, list, all), Bytes: plenty, Limit: rapid.IntRange(5, 40).Draw(rt, "limit"),
		}
		for _, q.Order = range rapid.Permutation(task.Orders()).Draw(rt, "orders")[:3] {
			var want []string
			for _, v := range sorted(slices.Values(all), q.Order) {
				if matches(v, q.Filter) {
					want = append(want, v.ID.String())
				}
			}
			got := fx.walk(rt, q, revision)
			if !slices.Equal(got, want) {
				rt.Fatalf("%+v:\ngot  %s\nwant %s", q, strings.Join(got, " "), strings.Join(want, " "))
			}
		}
	})
}

// walk reads a query by pages, which are all of one revision, and returns the ids.
func (fx *storeFixture) walk(rt *rapid.T, q task.TaskQuery, revision task.Revision) []string {
	var ids []string
	for {
		read, err := fx.Tasks(rt.Context(), q)
		if err != nil {
			rt.Fatal(err)
		}
		if read.Revision != revision || read.NotModified {
			rt.Fatalf("%+v: revision %d, want %d", q, read.Revision, revision)
		}
		found := read.Value
		for _, v := range found.Tasks {
			ids = append(ids, v.ID.String())
		}
		if !found.More {
			return ids
		}
		if len(found.Tasks) != q.Limit || len(ids) > plenty {
			rt.Fatalf("after %d tasks, a page of %d has %d, and there are more", len(ids), q.Limit, len(found.Tasks))
		}
		cursor := q.Order.Cursor(found.Tasks[len(found.Tasks)-1])
		q.After = &cursor
	}
}

func testPageBytes(t *testing.T, fx *storeFixture) {
	for _, size := range []int{50, 49, 30, 150, 1} {
		v := fx.task("t")
		v.Content = strings.Repeat("x", size-1)
		if size == 30 {
			v.Due = &task.When{Instant: fx.now} // the pages of this order cross its two parts
		}
		fx.add(t, v)
	}
	for by, want := range map[task.OrderField][][]int{
		task.ByCreateTime: {{50, 49}, {30}, {150}, {1}},
		task.ByDue:        {{30, 50}, {49}, {150}, {1}},
	} {
		q := task.TaskQuery{Owner: fx.owner, Order: task.Order{By: by}, Limit: 10, Bytes: 100}
		for i, sizes := range want {
			found := must(fx.Tasks(t.Context(), q))(t).Value
			var got []int
			for _, v := range found.Tasks {
				got = append(got, len(v.Title)+len(v.Content))
			}
			if !slices.Equal(got, sizes) || found.More != (i < len(want)-1) {
				t.Fatalf("by %s, page %d has %v, more: %v; want %v", by, i, got, found.More, sizes)
			}
			cursor := q.Order.Cursor(found.Tasks[len(found.Tasks)-1])
			q.After = &cursor
		}
	}
}
