package taskcache_test

import (
	"reflect"
	"testing"
	"time"

	"todokit/task"
	"todokit/task/taskcache"
	"todokit/task/tasktest"
)

func TestCodec_Copy_RoundTrip(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC().Truncate(time.Microsecond)
	codec := taskcache.Options().Codec
	tasks := tasktest.NewReady(now).Page.Tasks
	tasks[0].Start, tasks[0].CompleteTime, tasks[0].DeleteTime = tasks[0].Due, &now, &now
	for _, c := range []taskcache.Copy{
		{},
		{Tasks: tasks, More: true},
		{Lists: []task.List{{Owner: tasks[0].Owner, ID: tasks[0].Owner, Title: "Inbox", Position: -1, CreateTime: now, UpdateTime: now, Version: 1, Mutation: tasks[0].ID}}},
	} {
		b, err := codec.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		got, err := codec.Unmarshal(b)
		if err != nil || !reflect.DeepEqual(got, c) {
			t.Errorf("got %+v, %v; want %+v", got, err, c)
		}
		b[0]++
		if _, err := codec.Unmarshal(b); err == nil {
			t.Error("a copy of another version was read")
		}
	}
	if _, err := codec.Unmarshal(nil); err == nil {
		t.Error("nothing was read as a copy")
	}
}
