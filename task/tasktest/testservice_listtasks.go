package tasktest

import (
	"strings"
	"testing"
	"time"

	"todokit/pkg/errs"
	"todokit/pkg/optional"
	"todokit/task"
)

// several creates tasks that every order tells apart.
func several(t *testing.T, p *serviceFixture) {
	t.Helper()
	day := func(date string) optional.Value[*task.When] { return optional.Of(&task.When{Date: date}) }
	for _, f := range []task.TaskFields{
		{Title: optional.Of("c"), Due: day("2026-11-22"), Priority: optional.Of(2), Labels: optional.Of([]string{"x"})},
		{Title: optional.Of("a"), Priority: optional.Of(1), Status: optional.Of(task.Done), Content: optional.Of("Ein ÄRGERNIS, 100%")},
		{Title: optional.Of("B"), Due: day("2026-11-20"), Labels: optional.Of([]string{"x", "y"})},
		{Title: optional.Of("ä"), Due: optional.Of(&task.When{Instant: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)}), Priority: optional.Of(9)},
		{Title: optional.Of("b"), Labels: optional.Of([]string{"X"}), Status: optional.Of(task.Cancelled)},
	} {
		p.clock.advance(time.Second)
		must(p.CreateTask(p.ctx, task.CreateTask{Owner: p.owner, ID: p.clock.newID(), TaskFields: f}))(t)
	}
	p.clock.advance(time.Second)
	first := must(p.ListTasks(p.ctx, task.ListTasks{Owner: p.owner, PageSize: 1}))(t).Value.Tasks[0]
	u := p.update(first.ID, task.TaskFields{Position: optional.Of(1e15)})
	must(p.UpdateTask(p.ctx, u))(t)
}

func testListTasksOrders(t *testing.T, p *serviceFixture) {
	several(t, p)
	for order, want := range map[string]string{
		"":             "c a B ä b",
		"create_time":  "c a B ä b",
		"-create_time": "b ä B a c",
		"due":          "B ä c a b",
		"-due":         "c ä B b a",
		"priority":     "a c ä B b",
		"-priority":    "ä c a b B",
		"position":     "a B ä b c",
		"-position":    "c b ä B a",
		"update_time":  "a B ä b c",
		"-update_time": "c b ä B a",
		"title":        "B a b c ä",
		"-title":       "ä c b a B",
	} {
		for _, size := range []int{0, 1, 2, 3, 5} {
			got := p.titles(t, task.ListTasks{OrderBy: order}, size)
			if strings.Join(got, " ") != want {
				t.Errorf("by %q in pages of %d: %v, want %s", order, size, got, want)
			}
		}
	}
}

func testListTasksFilters(t *testing.T, p *serviceFixture) {
	several(t, p)
	list := p.addList(t, "other")
	r := p.fresh("elsewhere")
	r.ListID = optional.Of(list.ID)
	must(p.CreateTask(p.ctx, r))(t)
	at := func(s string) *time.Time {
		when, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			t.Fatal(err)
		}
		return &when
	}
	last := p.get(t, r.ID).UpdateTime.Add(-time.Microsecond)
	for want, q := range map[string]task.ListTasks{
		"elsewhere":            {ListID: optional.Of(list.ID)},
		"c a B ä b":            {ListID: optional.Of(p.owner)},
		"a":                    {Status: optional.Of(task.Done)},
		"B b elsewhere":        {Priority: optional.Of(0)},
		"c B b":                {Label: "x"},
		"c B b ":               {Label: "X"},
		"B":                    {DueBefore: at("2026-11-21T00:00:00Z")},
		"B ä":                  {DueBefore: at("2026-11-21T09:00:00.0000001Z")},
		"c":                    {DueAfter: at("2026-11-21T09:00:00.0000001Z")},
		"ä":                    {DueAfter: at("2026-11-20T00:00:00Z"), DueBefore: at("2026-11-22T00:00:00Z")},
		"elsewhere ":           {UpdatedAfter: &last},
		"a ":                   {Text: "ärger"},
		"a    ":                {Text: "A\u0308RGER"},
		"a  ":                  {Text: "0%"},
		"":                     {Text: "_"},
		"B b":                  {Text: "B", ListID: optional.Of(p.owner), Priority: optional.Of(0)},
		" ":                    {Trash: true},
		"c a B ä b elsewhere ": {},
	} {
		got := strings.Join(p.titles(t, q, 2), " ")
		if got != strings.TrimSpace(want) {
			t.Errorf("%+v finds %q, want %q", q, got, want)
		}
	}
}

func testListTasksBadField(t *testing.T, p *serviceFixture) {
	early, late := time.Date(1899, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name, code string
		q          task.ListTasks
	}{
		{"page_size", errs.FieldRange, task.ListTasks{PageSize: task.MaxPage + 1}},
		{"page_size", errs.FieldRange, task.ListTasks{PageSize: -1}},
		{"page_token", errs.FieldFormat, task.ListTasks{PageToken: "what"}},
		{"order_by", errs.FieldOneOf, task.ListTasks{OrderBy: "content"}},
		{"order_by", errs.FieldOneOf, task.ListTasks{OrderBy: "-"}},
		{"order_by", errs.FieldOneOf, task.ListTasks{OrderBy: "--due"}},
		{"order_by", errs.FieldOneOf, task.ListTasks{OrderBy: "due,title"}},
		{"status", errs.FieldOneOf, task.ListTasks{Status: optional.Of(task.Status("never"))}},
		{"status", errs.FieldOneOf, task.ListTasks{Status: optional.Of(task.Status(""))}},
		{"priority", errs.FieldRange, task.ListTasks{Priority: optional.Of(10)}},
		{"label", errs.FieldTooLong, task.ListTasks{Label: strings.Repeat("x", task.MaxLabel+1)}},
		{"label", errs.FieldBadText, task.ListTasks{Label: "\xff"}},
		{"q", errs.FieldTooLong, task.ListTasks{Text: strings.Repeat("x", task.MaxQuery+1)}},
		{"label", errs.FieldControl, task.ListTasks{Label: "a\nb"}},
		{"q", errs.FieldControl, task.ListTasks{Text: "title\x01content"}},
		{"q", errs.FieldBadText, task.ListTasks{Text: "\x00"}},
		{"q", errs.FieldBadText, task.ListTasks{Text: "\xff"}},
		{"due_before", errs.FieldRange, task.ListTasks{DueBefore: &late}},
		{"due_after", errs.FieldRange, task.ListTasks{DueAfter: &early}},
		{"updated_after", errs.FieldRange, task.ListTasks{UpdatedAfter: &early}},
	} {
		c.q.Owner = p.owner
		field(p.ListTasks(p.ctx, c.q))(t, c.name, c.code)
	}
}

func testListTasksPageToken(t *testing.T, p *serviceFixture) {
	several(t, p)
	q := task.ListTasks{Owner: p.owner, PageSize: 1, OrderBy: "due", Label: "x"}
	token := must(p.ListTasks(p.ctx, q))(t).Value.Next
	for _, other := range []task.ListTasks{
		{OrderBy: "-due", Label: "x"},
		{OrderBy: "due"},
		{OrderBy: "due", Label: "x", Trash: true},
		{OrderBy: "due", Label: "x", Status: optional.Of(task.Todo)},
	} {
		other.Owner, other.PageToken = p.owner, token
		field(p.ListTasks(p.ctx, other))(t, "page_token", errs.FieldFormat)
	}
	for _, broken := range []string{token[1:], token[:len(token)-1], token + "A", strings.Repeat("A", 1<<16)} {
		q.PageToken = broken
		field(p.ListTasks(p.ctx, q))(t, "page_token", errs.FieldFormat)
	}
	q.PageToken, q.PageSize = token, 7 // the size may change
	same(t, len(must(p.ListTasks(p.ctx, q))(t).Value.Tasks), 2)
}

func testListTasksLargeContents(t *testing.T, p *serviceFixture) {
	const each = task.MaxContent
	n := task.MaxPageContent/each + 3
	for range n {
		r := p.fresh("t")
		r.Content = optional.Of(strings.Repeat("x", each))
		must(p.CreateTask(p.ctx, r))(t)
	}
	q := task.ListTasks{Owner: p.owner, PageSize: task.MaxPage}
	page := must(p.ListTasks(p.ctx, q))(t).Value
	if want := task.MaxPageContent / (each + 1); len(page.Tasks) != want || page.Next == "" {
		t.Fatalf("a page has %d tasks, want %d; next: %q", len(page.Tasks), want, page.Next)
	}
	if got := len(p.titles(t, task.ListTasks{}, task.MaxPage)); got != n {
		t.Errorf("all pages have %d tasks, want %d", got, n)
	}
}
