package e2e_test

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
	"github.com/oklog/ulid/v2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	taskv1 "todokit/api/task/v1"
	userv1 "todokit/api/user/v1"
)

// directCalls goes around the gateway, as somebody inside the network could.
func directCalls(t *testing.T, s *system) {
	t.Helper()
	alice, mallory := s.newUser(t), s.newUser(t)
	secret := alice.createTask(t, fields{"title": "A surprise"})
	for _, p := range s.taskInstances {
		api := taskv1.NewTaskServiceClient(dial(t, p))
		otherUser(t, api, mallory, alice, secret)
		for name, token := range forgeries(t, alice.grant.AccessToken) {
			_, err := api.GetTask(bearer(t, token), &taskv1.GetTaskRequest{Id: id(secret.ID)})
			wantCode(t, "GetTask, "+name, err, codes.Unauthenticated)
			_, err = api.ListTasks(bearer(t, token), &taskv1.ListTasksRequest{})
			wantCode(t, "ListTasks, "+name, err, codes.Unauthenticated)
		}
	}
	for _, p := range s.userInstances {
		api := userv1.NewUserServiceClient(dial(t, p))
		for name, token := range forgeries(t, alice.grant.AccessToken) {
			_, err := api.GetUser(bearer(t, token), &userv1.GetUserRequest{})
			wantCode(t, "GetUser, "+name, err, codes.Unauthenticated)
			_, err = api.ListSessions(bearer(t, token), &userv1.ListSessionsRequest{})
			wantCode(t, "ListSessions, "+name, err, codes.Unauthenticated)
		}
	}
	if got := alice.getTask(t, secret.ID); got.Version != 1 {
		t.Errorf("the first user's task is now %+v", got)
	}
}

// otherUser uses the second user's own token on what is the first one's.
func otherUser(t *testing.T, api taskv1.TaskServiceClient, mallory, alice *client, secret task) {
	t.Helper()
	ctx := bearer(t, mallory.grant.AccessToken)
	owner, target := id(alice.grant.User.ID), id(secret.ID)
	_, err := api.GetTask(ctx, &taskv1.GetTaskRequest{Id: target})
	wantCode(t, "GetTask", err, codes.NotFound)
	_, err = api.GetList(ctx, &taskv1.GetListRequest{Id: owner})
	wantCode(t, "GetList", err, codes.NotFound)
	_, err = api.UpdateTask(ctx, &taskv1.UpdateTaskRequest{
		Task:       &taskv1.Task{Owner: owner, Id: target, Title: "x"},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"title"}},
		Mutation:   &taskv1.Mutation{Id: ulid.Make().Bytes()},
	})
	wantCode(t, "UpdateTask", err, codes.NotFound)
	for _, repeat := range []bool{false, true} {
		_, err = api.DeleteTask(ctx, &taskv1.DeleteTaskRequest{Id: target, Purge: false, Mutation: &taskv1.Mutation{Id: ulid.Make().Bytes(), Repeat: repeat}})
		wantCode(t, "DeleteTask", err, codes.NotFound)
	}
	_, err = api.RestoreTask(ctx, &taskv1.RestoreTaskRequest{Id: target, Mutation: &taskv1.Mutation{Id: ulid.Make().Bytes()}})
	wantCode(t, "RestoreTask", err, codes.NotFound)
	page, err := api.ListTasks(ctx, &taskv1.ListTasksRequest{})
	if err != nil || len(page.GetTasks()) != 0 {
		t.Errorf("ListTasks: %v, %v", page, err)
	}
	_, err = api.CreateTask(ctx, &taskv1.CreateTaskRequest{Task: &taskv1.Task{Owner: owner, Id: ulid.Make().Bytes(), ListId: owner, Title: "x"}})
	wantCode(t, "CreateTask", err, codes.NotFound)
}

// forgeries are credentials that are nobody's, for the claims of a genuine token.
func forgeries(t *testing.T, genuine string) map[string]string {
	t.Helper()
	parser := jwt.NewParser()
	claims := jwt.MapClaims{}
	parsed, parts, err := parser.ParseUnverified(genuine, claims)
	if err != nil {
		t.Fatal(err)
	}
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	own := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims)
	own.Header["kid"] = parsed.Header["kid"]
	signed, err := own.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	none, err := json.Marshal(map[string]any{"alg": "none", "typ": parsed.Header["typ"], "kid": parsed.Header["kid"]})
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{
		"no token":            "",
		"nonsense":            "nonsense",
		"another key":         signed,
		"no signature":        strings.Join(parts[:2], ".") + ".",
		"algorithm none":      base64.RawURLEncoding.EncodeToString(none) + "." + parts[1] + ".",
		"a changed signature": strings.Join(parts[:2], ".") + "." + strings.Repeat("A", len(parts[2])),
	}
}

func dial(t *testing.T, p *process) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient(p.address(t, "grpc"), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func bearer(t *testing.T, token string) context.Context {
	t.Helper()
	if token == "" {
		return t.Context()
	}
	return metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer "+token)
}

func id(s string) []byte { return ulid.MustParseStrict(s).Bytes() }

func wantCode(t *testing.T, what string, err error, want codes.Code) {
	t.Helper()
	if got := status.Code(err); got != want {
		t.Errorf("%s: %v (%v), want %v", what, got, err, want)
	}
}
