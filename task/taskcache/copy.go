package taskcache

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"

	taskv1 "todokit/api/task/v1"
	"todokit/pkg/cache"
	"todokit/task/tasktransport"
)

// Options says how copies are kept; where is for the caller to add.
func Options() cache.Options[Copy] {
	return cache.Options[Copy]{Name: "task", Size: size, Codec: newCodec()}
}

func size(c Copy) int {
	n := 0
	for _, t := range c.Tasks {
		n += t.Size()
	}
	for _, l := range c.Lists {
		n += l.Size()
	}
	return n
}

// codec encodes copies as messages of the contract. Before them stands a hash of
// what the messages are: one version of the program does not read another one's
// copies, in which a field may be missing.
type codec struct{ version []byte }

var errVersion = errors.New("written by another version")

func newCodec() codec {
	h := sha256.New()
	for _, file := range []protoreflect.FileDescriptor{taskv1.File_task_v1_task_proto, taskv1.File_task_v1_copy_proto} {
		b, err := proto.MarshalOptions{Deterministic: true}.Marshal(protodesc.ToFileDescriptorProto(file))
		if err != nil {
			panic(err) // the descriptor was made by the compiler
		}
		h.Write(b)
	}
	return codec{version: h.Sum(nil)[:8]}
}

func (c codec) Marshal(v Copy) ([]byte, error) {
	m := &taskv1.Copy{More: v.More}
	m.Tasks = slices.Grow(m.GetTasks(), len(v.Tasks))
	for _, t := range v.Tasks {
		m.Tasks = append(m.Tasks, tasktransport.EncodeTask(t))
	}
	for _, l := range v.Lists {
		m.Lists = append(m.Lists, tasktransport.EncodeList(l))
	}
	return proto.MarshalOptions{}.MarshalAppend(bytes.Clone(c.version), m)
}

func (c codec) Unmarshal(b []byte) (Copy, error) {
	b, ours := bytes.CutPrefix(b, c.version)
	if !ours {
		return Copy{}, errVersion
	}
	var m taskv1.Copy
	if err := proto.Unmarshal(b, &m); err != nil {
		return Copy{}, err
	}
	v := Copy{More: m.GetMore()}
	for _, t := range m.GetTasks() {
		decoded, err := tasktransport.DecodeTask(t)
		if err != nil {
			return Copy{}, err
		}
		v.Tasks = append(v.Tasks, decoded)
	}
	for _, l := range m.GetLists() {
		decoded, err := tasktransport.DecodeList(l)
		if err != nil {
			return Copy{}, err
		}
		v.Lists = append(v.Lists, decoded)
	}
	return v, nil
}
