package task_test

import (
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/optional"
	"todokit/task"
)

func TestListTasks_Scans_UnlessAKeyLeadsToThePage(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for name, tt := range map[string]struct {
		ask  task.ListTasks
		want bool
	}{
		"everything":                 {task.ListTasks{}, false},
		"the trash":                  {task.ListTasks{Trash: true}, false},
		"a list":                     {task.ListTasks{ListID: optional.Of(ulid.Make())}, false},
		"a list by position":         {task.ListTasks{ListID: optional.Of(ulid.Make()), OrderBy: "-position"}, false},
		"what is due":                {task.ListTasks{DueBefore: &now, DueAfter: &now, OrderBy: "due"}, false},
		"what was changed":           {task.ListTasks{UpdatedAfter: &now, OrderBy: "update_time"}, false},
		"a text":                     {task.ListTasks{Text: "x"}, true},
		"a text in a list":           {task.ListTasks{Text: "x", ListID: optional.Of(ulid.Make())}, true},
		"a label":                    {task.ListTasks{Label: "x"}, true},
		"a status":                   {task.ListTasks{Status: optional.Of(task.Done)}, true},
		"a priority":                 {task.ListTasks{Priority: optional.Of(0)}, true},
		"by title":                   {task.ListTasks{OrderBy: "title"}, true},
		"by priority":                {task.ListTasks{OrderBy: "-priority"}, true},
		"by position":                {task.ListTasks{OrderBy: "position"}, true},
		"what is due, by creation":   {task.ListTasks{DueBefore: &now}, true},
		"what is due, by change":     {task.ListTasks{DueAfter: &now, OrderBy: "update_time"}, true},
		"what was changed, by due":   {task.ListTasks{UpdatedAfter: &now, OrderBy: "due"}, true},
		"a list by due":              {task.ListTasks{ListID: optional.Of(ulid.Make()), OrderBy: "due"}, true},
		"a list by change":           {task.ListTasks{ListID: optional.Of(ulid.Make()), OrderBy: "update_time"}, true},
		"a list by position and due": {task.ListTasks{ListID: optional.Of(ulid.Make()), OrderBy: "position", DueBefore: &now}, true},
	} {
		if got := tt.ask.Scans(); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
