package tasktransport_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"google.golang.org/protobuf/types/known/emptypb"

	taskv1 "todokit/api/task/v1"
	"todokit/pkg/errs"
	"todokit/pkg/token"
	"todokit/task"
	"todokit/task/tasktest"
	"todokit/task/tasktransport"
)

// A method that only reads says so in its name, which keeps the table honest
// when methods are added.
func TestServer_EachMethod_NeedsItsScope(t *testing.T) {
	t.Parallel()
	table := tasktransport.Scopes()
	conn := connect(t, task.NewService(tasktest.NewStore(), task.Options{}))
	for _, m := range taskv1.TaskService_ServiceDesc.Methods {
		want := token.TasksWrite
		if strings.HasPrefix(m.MethodName, "Get") || strings.HasPrefix(m.MethodName, "List") {
			want = token.TasksRead
		}
		full := "/" + taskv1.TaskService_ServiceDesc.ServiceName + "/" + m.MethodName
		if table[full] != want {
			t.Errorf("%s needs %q, want %q", m.MethodName, table[full], want)
		}
		for _, held := range []token.Scopes{0, token.TasksRead, token.TasksWrite, token.Account, token.AllScopes} {
			// An empty message is refused as well, but by the service.
			err := conn.Invoke(holding(t.Context(), held), full, &emptypb.Empty{}, &emptypb.Empty{})
			if refused := errors.Is(err, errs.ErrForbidden); refused == held.Has(want) {
				t.Errorf("%s with %q: %v", m.MethodName, held, err)
			}
		}
	}
}

// holding returns the context of a call by somebody whose token has those scopes.
func holding(ctx context.Context, scopes token.Scopes) context.Context {
	return token.WithBearer(ctx, someone+" "+scopes.String())
}

const someone = "01KAP2T1M8Z4X7Q3V9C5B6N8RW"
