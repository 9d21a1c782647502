package usertransport

import (
	"context"
	"time"

	"github.com/oklog/ulid/v2"
	"google.golang.org/protobuf/types/known/timestamppb"

	userv1 "todokit/api/user/v1"
	"todokit/pkg/errs"
	"todokit/pkg/mutation"
	"todokit/pkg/rpc"
	"todokit/pkg/token"
	"todokit/user"
)

// decoder is what rpc.Serve takes to decode a request.
type decoder[Msg, Req any] = func(token.Claims, Msg) (Req, error)

// callerOf is the only source of a Caller: the checked token.
func callerOf(c token.Claims) user.Caller {
	return user.Caller{UserID: c.UserID, SessionID: c.SessionID}
}

func decodeCaller[Msg any](c token.Claims, _ Msg) (user.Caller, error) { return callerOf(c), nil }

func encodeMutation(m mutation.Mutation) *userv1.Mutation {
	return &userv1.Mutation{Id: m.ID.Bytes(), Repeat: m.Repeat}
}

// decodeMutation also heeds the mark of a repeat that travels beside the
// message, since the attempts of a call share one message.
func decodeMutation(ctx context.Context, v *errs.Validator, name string, m *userv1.Mutation) mutation.Mutation {
	return mutation.Mutation{
		ID:     idField(v, name, m.GetId()),
		Repeat: m.GetRepeat() || rpc.Repeated(ctx),
	}
}

// idField decodes an id of a request. An absent one is left to the rules.
func idField(v *errs.Validator, name string, raw []byte) (id ulid.ULID) {
	if len(raw) != 0 && id.UnmarshalBinary(raw) != nil {
		v.Add(name, errs.FieldFormat, "16 bytes")
	}
	return id
}

// decodeID decodes an id of a reply.
func decodeID(raw []byte) (id ulid.ULID, err error) {
	return id, id.UnmarshalBinary(raw)
}

func encodeTime(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}

func decodeTime(t *timestamppb.Timestamp) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.AsTime()
}
