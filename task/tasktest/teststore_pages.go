package tasktest

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"
	"pgregory.net/rapid"

	"todokit/task"
)

// pick returns one of the values.
func pick[T any](random *rand.Rand, values ...T) T { return values[random.IntN(len(values))] }

// populate stores tasks that differ in few values each, so that many tie.
func (h *shelf) populate(t *testing.T, list ulid.ULID) []task.Task {
	t.Helper()
	random := rand.New(rand.NewPCG(3, 4))
	hour := h.now.Truncate(time.Hour)
	var all []task.Task
	for range 80 {
		v := h.task(pick(random, "a", "A", "ä", "Ä", "b", "b ", "b\t", "b!", "bb", "😀", "日本", "￿", "100%", "a_b"))
		v.Content = pick(random, "", "Needle", `it's a \ matter`, "ΑΛΦΑ")
		v.ListID = pick(random, h.owner, list)
		v.Status = pick(random, task.Statuses()...)
		v.Priority = pick(random, 0, 0, 1, 2, 9)
		v.Position = pick(random, -1e300, -1.5, 0, 5e-324, 0.1, 1e300)
		v.UpdateTime = pick(random, hour, hour.Add(time.Microsecond), hour.Add(time.Second))
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
		all = append(all, h.add(t, v))
	}
	return all
}

// drawScan draws a query over what populate stores.
func drawScan(rt *rapid.T, h *shelf, list ulid.ULID) task.TaskScan {
	hour := h.now.Truncate(time.Hour)
	times := []*time.Time{nil, nil, &hour}
	for _, d := range []time.Duration{time.Microsecond, 10 * time.Microsecond, -time.Hour, time.Hour} {
		at := hour.Add(d)
		times = append(times, &at)
	}
	f := task.Filter{
		Label:        rapid.SampledFrom([]string{"", "", "x", "X", "ÿ", "y"}).Draw(rt, "label"),
		DueBefore:    rapid.SampledFrom(times).Draw(rt, "due before"),
		DueAfter:     rapid.SampledFrom(times).Draw(rt, "due after"),
		UpdatedAfter: rapid.SampledFrom(times).Draw(rt, "updated after"),
		Text:         rapid.SampledFrom([]string{"", "", "", "a", "Ä", "nEEdle", "%", "_", `\`, "'", "αλφ", "😀", "b "}).Draw(rt, "text"),
		Trash:        rapid.SampledFrom([]bool{false, false, true}).Draw(rt, "trash"),
	}
	if rapid.Bool().Draw(rt, "of one list") {
		f.ListID = task.Set(rapid.SampledFrom([]ulid.ULID{h.owner, list}).Draw(rt, "list"))
	}
	if rapid.IntRange(0, 3).Draw(rt, "of one status") == 0 {
		f.Status = task.Set(rapid.SampledFrom(task.Statuses()).Draw(rt, "status"))
	}
	if rapid.IntRange(0, 3).Draw(rt, "of one priority") == 0 {
		f.Priority = task.Set(rapid.SampledFrom([]int{0, 1, 9}).Draw(rt, "priority"))
	}
	return task.TaskScan{
		Owner: h.owner, Filter: f, Bytes: plenty,
		Order: rapid.SampledFrom(task.Orders()).Draw(rt, "order"),
		Limit: rapid.IntRange(1, 30).Draw(rt, "limit"),
	}
}

func testPages(t *testing.T, h *shelf) {
	list := h.addList(t, "other", 1).ID
	all := h.populate(t, list)
	rapid.Check(t, func(rt *rapid.T) {
		scan := drawScan(rt, h, list)
		var want []string
		for _, v := range sorted(slices.Values(all), scan.Order) {
			if meets(v, scan.Filter) {
				want = append(want, v.ID.String())
			}
		}
		got := h.walk(rt, scan)
		if !slices.Equal(got, want) {
			rt.Fatalf("%+v:\ngot  %s\nwant %s", scan, strings.Join(got, " "), strings.Join(want, " "))
		}
	})
}

// walk reads a query by pages, and returns the ids.
func (h *shelf) walk(rt *rapid.T, scan task.TaskScan) []string {
	var ids []string
	for {
		found, err := h.Tasks(rt.Context(), scan)
		if err != nil {
			rt.Fatal(err)
		}
		for _, v := range found.Tasks {
			ids = append(ids, v.ID.String())
		}
		if !found.More {
			return ids
		}
		if len(found.Tasks) != scan.Limit {
			rt.Fatalf("a page of %d has %d tasks, and there are more", scan.Limit, len(found.Tasks))
		}
		place := scan.Order.Place(found.Tasks[len(found.Tasks)-1])
		scan.After = &place
	}
}

func testPageBytes(t *testing.T, h *shelf) {
	for _, size := range []int{50, 49, 30, 150, 1} {
		v := h.task("t")
		v.Content = strings.Repeat("x", size-1)
		if size == 30 {
			v.Due = &task.When{Instant: h.now} // the pages of this order cross its two parts
		}
		h.add(t, v)
	}
	for by, want := range map[task.OrderField][][]int{
		task.ByCreateTime: {{50, 49}, {30}, {150}, {1}},
		task.ByDue:        {{30, 50}, {49}, {150}, {1}},
	} {
		scan := task.TaskScan{Owner: h.owner, Order: task.Order{By: by}, Limit: 10, Bytes: 100}
		for i, sizes := range want {
			found := must(h.Tasks(t.Context(), scan))(t)
			var got []int
			for _, v := range found.Tasks {
				got = append(got, len(v.Title)+len(v.Content))
			}
			if !slices.Equal(got, sizes) || found.More != (i < len(want)-1) {
				t.Fatalf("by %s, page %d has %v, more: %v; want %v", by, i, got, found.More, sizes)
			}
			place := scan.Order.Place(found.Tasks[len(found.Tasks)-1])
			scan.After = &place
		}
	}
}
