package userauth_test

import (
	"bytes"
	"testing"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/oklog/ulid/v2"

	"todokit/pkg/rpc"
	"todokit/user"
	"todokit/user/userauth"
)

func TestAudit_LogLine(t *testing.T) {
	t.Parallel()
	id := ulid.MustParse("01KAP2T1M8Z4X7Q3V9C5B6N8RW")
	ctx := rpc.WithAddress(rpc.WithRequestID(t.Context(), "r-1"), "192.0.2.7")
	for name, c := range map[string]struct {
		event user.Event
		want  string
	}{
		"all": {
			user.Event{Kind: user.EventSessionEnded, UserID: id, SessionID: id, TargetID: id, TokenID: id, Address: "192.0.2.8"},
			"component=audit event=session_ended user=" + id.String() + " session=" + id.String() + " target=" + id.String() +
				" access_token=" + id.String() + " address=192.0.2.8 request_id=r-1\n",
		},
		"what is known": {user.Event{Kind: user.EventSignInFailed}, "component=audit event=sign_in_failed address=192.0.2.7 request_id=r-1\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			errorsOnly := level.NewFilter(log.NewLogfmtLogger(&out), level.AllowError())
			userauth.Audit(errorsOnly)(ctx, c.event)
			if out.String() != c.want {
				t.Errorf("got  %swant %s", out.String(), c.want)
			}
		})
	}
}
