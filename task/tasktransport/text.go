package tasktransport

import (
	"context"
	"fmt"
	"unicode/utf8"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"todokit/pkg/errs"
)

// call is a method of a generated client.
type call[Msg, Reply any] func(context.Context, Msg, ...grpc.CallOption) (Reply, error)

// sendable makes a method answer texts that are no UTF-8, which a message
// cannot carry, as the rules would. It looks only after a call has failed.
func sendable[Msg proto.Message, Reply any](method call[Msg, Reply]) call[Msg, Reply] {
	return func(ctx context.Context, m Msg, opts ...grpc.CallOption) (Reply, error) {
		reply, err := method(ctx, m, opts...)
		if err == nil {
			return reply, nil
		}
		var c errs.Validator
		checkTexts(&c, m.ProtoReflect())
		if bad := c.Err(); bad != nil {
			err = bad
		}
		return reply, err
	}
}

// checkTexts notes the fields, at any depth, that are no UTF-8.
func checkTexts(c *errs.Validator, m protoreflect.Message) {
	m.Range(func(field protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		name := string(field.Name())
		switch {
		case field.IsList() && field.Kind() == protoreflect.StringKind:
			for i := range v.List().Len() {
				checkText(c, fmt.Sprintf("%s[%d]", name, i), v.List().Get(i).String())
			}
		case field.Kind() == protoreflect.StringKind:
			checkText(c, restName(name), v.String())
		case field.Kind() == protoreflect.MessageKind && !field.IsList():
			checkTexts(c, v.Message())
		}
		return true
	})
}

func checkText(c *errs.Validator, name, s string) {
	if !utf8.ValidString(s) {
		c.Add(name, errs.FieldBadText)
	}
}

// restName is what the rules call a field of a message.
func restName(name string) string {
	if name == "text" {
		return "q"
	}
	return name
}
