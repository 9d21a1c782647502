package rpc

import (
	"strconv"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"

	"todokit/pkg/errs"
)

// domain marks the ErrorInfo of errors that a todokit service itself returned.
const domain = "todokit"

// kindCodes is the one table from kinds to gRPC codes. The kinds of the HTTP
// edge have no code of their own; their name is in the ErrorInfo.
var kindCodes = map[errs.Kind]codes.Code{
	errs.Internal:             codes.Internal,
	errs.InvalidArgument:      codes.InvalidArgument,
	errs.Unauthenticated:      codes.Unauthenticated,
	errs.PermissionDenied:     codes.PermissionDenied,
	errs.NotFound:             codes.NotFound,
	errs.AlreadyExists:        codes.AlreadyExists,
	errs.FailedPrecondition:   codes.FailedPrecondition,
	errs.ResourceExhausted:    codes.ResourceExhausted,
	errs.Unavailable:          codes.Unavailable,
	errs.DeadlineExceeded:     codes.DeadlineExceeded,
	errs.Cancelled:            codes.Canceled,
	errs.MethodNotAllowed:     codes.Unimplemented,
	errs.UnsupportedMediaType: codes.InvalidArgument,
	errs.TooLarge:             codes.OutOfRange,
	errs.RequestTimeout:       codes.Aborted,
	errs.Unprocessable:        codes.FailedPrecondition,
}

// ToStatus turns an error of the catalogue into a gRPC status error with
// ErrorInfo, BadRequest and RetryInfo details. The internal cause stays here.
func ToStatus(err error) error {
	if err == nil {
		return nil
	}
	e := errs.From(err)
	info := &errdetails.ErrorInfo{
		Reason: e.Code, Domain: domain,
		Metadata: map[string]string{"kind": e.Kind.String()},
	}
	putDetail(info.Metadata, e)
	details := []protoadapt.MessageV1{info}
	if len(e.Fields) > 0 {
		details = append(details, violations(e.Fields, info))
	}
	if e.RetryAfter > 0 {
		details = append(details, &errdetails.RetryInfo{RetryDelay: durationpb.New(e.RetryAfter)})
	}
	plain := status.New(kindCodes[e.Kind], e.Message)
	detailed, detailErr := plain.WithDetails(details...)
	if detailErr != nil {
		// Only a text that is no UTF-8 could bring us here: the code is worth more than the details.
		return plain.Err()
	}
	return detailed.Err()
}

// violations puts fields into a BadRequest. It has no room for the argument of
// a message, which goes into the ErrorInfo's metadata.
func violations(fields []errs.Field, info *errdetails.ErrorInfo) *errdetails.BadRequest {
	bad := &errdetails.BadRequest{}
	for i, f := range fields {
		bad.FieldViolations = append(bad.FieldViolations, &errdetails.BadRequest_FieldViolation{
			Field: f.Name, Reason: f.Code, Description: f.Message,
		})
		if f.Arg != "" {
			info.Metadata[argKey(i)] = f.Arg
		}
	}
	return bad
}

func argKey(i int) string { return "arg." + strconv.Itoa(i) }

// The keys of a detail in the ErrorInfo's metadata.
const (
	detailKey       = "detail"
	detailFormatKey = "detail_format"
)

func detailArgKey(i int) string { return "detail_arg." + strconv.Itoa(i) }

func putDetail(metadata map[string]string, e *errs.Error) {
	if e.Detail == "" {
		return
	}
	metadata[detailKey], metadata[detailFormatKey] = e.Detail, e.DetailFormat
	for i, arg := range e.DetailArgs {
		metadata[detailArgKey(i)] = arg
	}
}

func readDetail(metadata map[string]string, e *errs.Error) {
	e.Detail, e.DetailFormat = metadata[detailKey], metadata[detailFormatKey]
	for {
		arg, ok := metadata[detailArgKey(len(e.DetailArgs))]
		if !ok {
			return
		}
		e.DetailArgs = append(e.DetailArgs, arg)
	}
}

// FromStatus turns what a gRPC call returned back into an error of the
// catalogue, so that errors.Is works on the far side. What a service did not
// say itself (a broken connection, a time-out) becomes the error of its kind,
// with the status as its cause. nil stays nil.
func FromStatus(err error) error {
	if err == nil {
		return nil
	}
	s, ok := status.FromError(err)
	if !ok {
		return errs.From(err)
	}
	e := &errs.Error{Message: s.Message()}
	var info *errdetails.ErrorInfo
	for _, d := range s.Details() {
		switch d := d.(type) {
		case *errdetails.ErrorInfo:
			info = d
		case *errdetails.BadRequest:
			for _, v := range d.GetFieldViolations() {
				e.Fields = append(e.Fields, errs.Field{Name: v.GetField(), Code: v.GetReason(), Message: v.GetDescription()})
			}
		case *errdetails.RetryInfo:
			e.RetryAfter = d.GetRetryDelay().AsDuration()
		}
	}
	if info.GetDomain() != domain {
		return transportError(s, err)
	}
	e.Code = info.GetReason()
	readDetail(info.GetMetadata(), e)
	e.Kind, _ = errs.ParseKind(info.GetMetadata()["kind"])
	for i := range e.Fields {
		e.Fields[i].Arg = info.GetMetadata()[argKey(i)]
	}
	return e.Wrap(serviceError{err})
}

// serviceError marks, as the cause, that the service itself returned the error.
type serviceError struct{ error }

// FromService says whether err was returned by the service itself, and not by
// the attempt to call it.
func FromService(err error) bool {
	for err != nil {
		if _, ok := err.(serviceError); ok { //nolint:errorlint // this walks the chain itself
			return true
		}
		u, ok := err.(interface{ Unwrap() error })
		if !ok {
			return false
		}
		err = u.Unwrap()
	}
	return false
}

// transportError classifies a status that no service of ours made.
func transportError(s *status.Status, err error) error {
	switch s.Code() {
	case codes.DeadlineExceeded:
		return errs.ErrDeadline.Wrap(err)
	case codes.Canceled:
		return errs.ErrCancelled.Wrap(err)
	case codes.Unavailable, codes.ResourceExhausted:
		return errs.ErrUnavailable.Wrap(err)
	default:
		return errs.ErrInternal.Wrap(err)
	}
}
