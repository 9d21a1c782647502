package userauth

import (
	"cmp"
	"context"

	"github.com/go-kit/log"
	"github.com/oklog/ulid/v2"

	"todokit/pkg/rpc"
	"todokit/user"
)

// Audit returns what writes the events of the user service to the audit log:
// the lines with component=audit. They have no level, so that no choice of
// log.level leaves them out.
func Audit(logger log.Logger) func(context.Context, user.Event) {
	logger = log.With(logger, "component", "audit")
	return func(ctx context.Context, e user.Event) {
		line := []any{"event", string(e.Kind)}
		for _, id := range []struct {
			key string
			id  ulid.ULID
		}{{"user", e.UserID}, {"session", e.SessionID}, {"target", e.TargetID}, {"access_token", e.TokenID}} {
			if !id.id.IsZero() {
				line = append(line, id.key, id.id.String())
			}
		}
		if address := cmp.Or(e.Address, rpc.Address(ctx)); address != "" {
			line = append(line, "address", address)
		}
		_ = logger.Log(append(line, "request_id", rpc.RequestID(ctx))...)
	}
}
