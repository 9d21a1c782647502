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

// withUTF8Errors makes a method refuse texts that are no UTF-8, which a message
// cannot carry, with the errors of the service. It looks only after a call has
// failed.
func withUTF8Errors[Msg proto.Message, Reply any](method call[Msg, Reply]) call[Msg, Reply] {
	return func(ctx context.Context, m Msg, opts ...grpc.CallOption) (Reply, error) {
		reply, err := method(ctx, m, opts...)
		if err == nil {
			return reply, nil
		}
		var v errs.Validator
		validateTexts(&v, m.ProtoReflect())
		if bad := v.Err(); bad != nil {
			err = bad
		}
		return reply, err
	}
}

// validateTexts notes the fields, at any depth, that are no UTF-8.
func validateTexts(v *errs.Validator, m protoreflect.Message) {
	m.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		name := string(field.Name())
		switch {
		case field.IsList() && field.Kind() == protoreflect.StringKind:
			for i := range value.List().Len() {
				validateText(v, fmt.Sprintf("%s[%d]", name, i), value.List().Get(i).String())
			}
		case field.Kind() == protoreflect.StringKind:
			validateText(v, restName(name), value.String())
		case field.Kind() == protoreflect.MessageKind && !field.IsList():
			validateTexts(v, value.Message())
		}
		return true
	})
}

func validateText(v *errs.Validator, name, s string) {
	if !utf8.ValidString(s) {
		v.Add(name, errs.FieldBadText)
	}
}

// restName is the name of a field of a message in errors.
func restName(name string) string {
	if name == "text" {
		return "q"
	}
	return name
}
