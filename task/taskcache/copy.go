package taskcache

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"time"

	"github.com/oklog/ulid/v2"

	"todokit/pkg/cache"
	"todokit/task"
)

// Options says how copies are kept; where is for the caller to add.
func Options() cache.Options[Copy] {
	return cache.Options[Copy]{Name: "task", Size: size, Codec: newCodec()}
}

// What a task or a list takes in memory beside its texts.
const (
	taskSize  = 400
	labelSize = 16
	listSize  = 150
)

func size(c Copy) int {
	n := 0
	for _, t := range c.Tasks {
		n += taskSize + len(t.Title) + len(t.Content) + len(t.TimeZone)
		for _, label := range t.Labels {
			n += labelSize + len(label)
		}
	}
	for _, l := range c.Lists {
		n += listSize + len(l.Title)
	}
	return n
}

// codec writes copies as JSON. Before it stands the mark of what fields there
// are: one version of the program does not take another one's copies, in which
// a field may be missing that a change would then remove.
type codec struct{ mark []byte }

var errMark = errors.New("written by another version")

func newCodec() codec {
	when := &task.When{}
	at := &time.Time{}
	all, err := json.Marshal(Copy{
		Tasks: []task.Task{{Start: when, Due: when, Labels: []string{""}, CompleteTime: at, DeleteTime: at}},
		Lists: []task.List{{Owner: ulid.ULID{}}},
	})
	if err != nil {
		panic(err) // the value is above
	}
	sum := sha256.Sum256(all)
	return codec{mark: sum[:8]}
}

// Marshal is part of cache.Codec.
func (c codec) Marshal(v Copy) ([]byte, error) {
	text, err := json.Marshal(v)
	return append(bytes.Clone(c.mark), text...), err
}

// Unmarshal is part of cache.Codec.
func (c codec) Unmarshal(b []byte) (v Copy, err error) {
	text, ours := bytes.CutPrefix(b, c.mark)
	if !ours {
		return v, errMark
	}
	return v, json.Unmarshal(text, &v)
}
