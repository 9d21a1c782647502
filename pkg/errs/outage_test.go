package errs_test

import (
	"context"
	"errors"
	"testing"

	"todokit/pkg/errs"
)

func TestIsOutage(t *testing.T) {
	t.Parallel()
	for want, all := range map[bool][]error{
		true: {errs.ErrUnavailable, errs.ErrUnavailable.WithDetail("no instance"), errs.ErrDeadline, context.DeadlineExceeded},
		false: {
			nil, errs.ErrOverloaded, errs.ErrOutcomeUnknown, errs.ErrInternal, errs.ErrCancelled, errs.ErrUnauthenticated,
			context.Canceled, errors.New("anything"),
		},
	} {
		for _, err := range all {
			if errs.IsOutage(err) != want {
				t.Errorf("%v: %v", err, !want)
			}
		}
	}
}
