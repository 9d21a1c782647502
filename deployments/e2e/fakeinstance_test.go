package e2e_test

import (
	"context"
	"math"
	"net"
	"path/filepath"
	"testing"

	"github.com/oklog/ulid/v2"
	clientv3 "go.etcd.io/etcd/client/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	userv1 "todokit/api/user/v1"
	"todokit/pkg/registry/embedded"
)

// liar passes for an instance of the user service, and says that everybody it
// is told of was deleted.
type liar struct {
	userv1.UnimplementedUserServiceServer
	userv1.UnimplementedTrustServiceServer
	victim ulid.ULID
}

func (l *liar) deletion() []*userv1.Change {
	return []*userv1.Change{{Sequence: math.MaxInt64, What: &userv1.Change_DeletedUser{DeletedUser: l.victim.Bytes()}}}
}

func (l *liar) Follow(_ *userv1.FollowRequest, stream grpc.ServerStreamingServer[userv1.FollowResponse]) error {
	if err := stream.Send(&userv1.FollowResponse{Changes: l.deletion(), Sequence: math.MaxInt64, SnapshotComplete: true}); err != nil {
		return err
	}
	<-stream.Context().Done()
	return stream.Context().Err()
}

func (l *liar) ListDeletions(_ context.Context, r *userv1.ListDeletionsRequest) (*userv1.ListDeletionsResponse, error) {
	if r.GetAfter() == math.MaxInt64 {
		return &userv1.ListDeletionsResponse{}, nil
	}
	return &userv1.ListDeletionsResponse{Deletions: l.deletion()}, nil
}

func (l *liar) CheckDeletion(context.Context, *userv1.CheckDeletionRequest) (*userv1.CheckDeletionResponse, error) {
	return &userv1.CheckDeletionResponse{Deleted: true}, nil
}

// listenAsUserService serves it, and registers it without a lease.
func (l *liar) listenAsUserService(t *testing.T, etcd *embedded.Server) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	userv1.RegisterUserServiceServer(server, l)
	userv1.RegisterTrustServiceServer(server, l)
	status := health.NewServer()
	status.SetServingStatus("user.v1.UserService", healthv1.HealthCheckResponse_SERVING)
	healthv1.RegisterHealthServer(server, status)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	client, err := clientv3.New(clientv3.Config{Endpoints: []string{etcd.Endpoint()}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	if _, err := client.Put(t.Context(), "/todokit/services/user/0LIAR", listener.Addr().String()); err != nil {
		t.Fatal(err)
	}
}

// TestSeparate_FakeUserInstance_ErasesNothing is about somebody who can write to
// etcd, where no service checks the certificates of the others.
func TestSeparate_FakeUserInstance_ErasesNothing(t *testing.T) {
	t.Parallel()
	s := newSystem(t)
	dir := t.TempDir()
	s.taskDB = "sqlite:" + filepath.Join(dir, "task.db")
	etcd, err := embedded.Start(t.Context(), t.TempDir(), embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(etcd.Close)
	service := func(url string) settings {
		return settings{"ETCD_ENDPOINTS": etcd.Endpoint(), "GRPC_ADDR": "127.0.0.1:0", "DATABASE_URL": url, "ERASURE_WAIT": "2s"}
	}
	s.launch = func() {
		s.gateway = start(t, "gatewaysvc", patient(settings{"ETCD_ENDPOINTS": etcd.Endpoint()}))
		s.taskInstances = []*process{start(t, "tasksvc", service(s.taskDB))}
		s.userInstances = []*process{start(t, "usersvc", service("sqlite:"+filepath.Join(dir, "user.db")))}
	}
	s.boot(t)
	c := s.newUser(t)
	for range 5 {
		c.createTask(t, fields{"title": "Precious"})
	}
	victim := ulid.MustParseStrict(c.grant.User.ID)
	(&liar{victim: victim}).listenAsUserService(t, etcd)
	waits := func(level string) func(logLine) bool {
		return func(l logLine) bool {
			return l["component"] == "erasure" && l["level"] == level && l["user_id"] == victim.String()
		}
	}
	s.taskInstances[0].waitLog(t, "an erasure that waits", waits("warn"))
	s.taskInstances[0].waitLog(t, "an erasure that was dropped", waits("error"))
	if n := rows(t, openTasks(t, s), "tasks", victim); n != 5 {
		t.Errorf("%d tasks are left, want 5", n)
	}
	c.signIn(t)
}
