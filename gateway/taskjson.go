package gateway

import (
	"strconv"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/rest"
	"todokit/task"
)

// taskJSON shows a task. What is not set is null, so that a client sees every
// field that there is.
type taskJSON struct{ task.Task }

// pageJSON shows a page of tasks.
type pageJSON struct{ task.Page }

// AppendJSON is part of rest.Appender.
func (p pageJSON) AppendJSON(b []byte) []byte {
	b = append(b, `{"tasks":[`...)
	for i, t := range p.Tasks {
		if i > 0 {
			b = append(b, ',')
		}
		b = taskJSON{t}.AppendJSON(b)
	}
	b = rest.AppendText(append(b, `],"next_page_token":`...), p.Next)
	return append(b, '}')
}

// AppendJSON is part of rest.Appender.
func (t taskJSON) AppendJSON(b []byte) []byte {
	b = appendID(append(b, `{"id":`...), t.ID)
	b = appendID(append(b, `,"list_id":`...), t.ListID)
	b = rest.AppendText(append(b, `,"title":`...), t.Title)
	b = rest.AppendText(append(b, `,"content":`...), t.Content)
	b = rest.AppendText(append(b, `,"status":`...), string(t.Status))
	b = strconv.AppendInt(append(b, `,"priority":`...), int64(t.Priority), 10)
	b = appendWhen(append(b, `,"start":`...), t.Start)
	b = appendWhen(append(b, `,"due":`...), t.Due)
	b = append(b, `,"time_zone":`...)
	if t.TimeZone == "" {
		b = append(b, null...)
	} else {
		b = rest.AppendText(b, t.TimeZone)
	}
	b = append(b, `,"labels":[`...)
	for i, label := range t.Labels {
		if i > 0 {
			b = append(b, ',')
		}
		b = rest.AppendText(b, label)
	}
	b = rest.AppendNumber(append(b, `],"position":`...), t.Position)
	b = appendTime(append(b, `,"complete_time":`...), t.CompleteTime)
	b = appendTime(append(b, `,"create_time":`...), &t.CreateTime)
	b = appendTime(append(b, `,"update_time":`...), &t.UpdateTime)
	b = appendTime(append(b, `,"delete_time":`...), t.DeleteTime)
	b = strconv.AppendInt(append(b, `,"version":`...), t.Version, 10)
	return append(b, '}')
}

const null = "null"

func appendID(b []byte, id ulid.ULID) []byte {
	var text [ulid.EncodedSize]byte
	_ = id.MarshalTextTo(text[:]) // long enough
	return append(append(append(b, '"'), text[:]...), '"')
}

func appendWhen(b []byte, w *task.When) []byte {
	switch {
	case w == nil:
		return append(b, null...)
	case w.Date != "":
		return rest.AppendText(b, w.Date)
	default:
		return appendTime(b, &w.Instant)
	}
}

func appendTime(b []byte, t *time.Time) []byte {
	if t == nil {
		return append(b, null...)
	}
	return append(t.UTC().AppendFormat(append(b, '"'), time.RFC3339Nano), '"')
}
