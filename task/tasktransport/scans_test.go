package tasktransport_test

import (
	"testing"

	taskv1 "todokit/api/task/v1"
	"todokit/task/tasktransport"
)

func TestScans_PagesOnly(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		request any
		want    bool
	}{
		{&taskv1.ListTasksRequest{Text: "x"}, true},
		{&taskv1.ListTasksRequest{Text: "x", Known: 7}, true},
		{&taskv1.ListTasksRequest{Status: taskv1.Status_STATUS_DONE}, true},
		{&taskv1.ListTasksRequest{PageSize: 20, Known: 7}, false},
		{&taskv1.ListTasksRequest{Text: "x", ListId: []byte("no id")}, false}, // it is refused
		{&taskv1.GetTaskRequest{}, false},
		{nil, false},
	} {
		if got := tasktransport.Scans(tt.request); got != tt.want {
			t.Errorf("%v: %v", tt.request, got)
		}
	}
}
