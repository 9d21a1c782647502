package usertransport_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/oklog/ulid/v2"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	userv1 "todokit/api/user/v1"
	"todokit/pkg/errs"
	"todokit/pkg/middleware"
	"todokit/pkg/mutation"
	"todokit/pkg/optional"
	"todokit/pkg/rpc"
	"todokit/pkg/token"
	"todokit/user"
	"todokit/user/userauth"
	"todokit/user/usertest"
	"todokit/user/usertransport"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve starts a server of package rpc and returns a connection to it.
func serve(t *testing.T, verifier rpc.Verifier, register func(*grpc.Server)) *grpc.ClientConn {
	t.Helper()
	listener := bufconn.Listen(1 << 20)
	server := rpc.NewServer(rpc.ServerOptions{
		Logger: log.NewNopLogger(), Registerer: prometheus.NewRegistry(),
		Verifier: verifier, Public: usertransport.Public(),
		Scopes: usertransport.Scopes(), Revoking: usertransport.Ending(),
	})
	register(server)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener)
	}()
	t.Cleanup(func() {
		server.Stop()
		<-done
	})
	conn, err := grpc.NewClient("passthrough:///bufconn", append(rpc.DialOptions(),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// signed is a user.Tokens with one key for the whole test.
type signed struct {
	signer *token.Signer
	now    func() time.Time
}

func (s signed) Issue(_ context.Context, in user.Issue) (user.AccessToken, error) {
	issued := s.now().Truncate(time.Second)
	claims := token.Claims{
		UserID: in.UserID, SessionID: in.SessionID, TokenID: ulid.Make().String(),
		Scopes: userauth.ScopesOf(in.Scopes), IssuedAt: issued, Expires: issued.Add(user.AccessTokenLife),
	}
	if !in.Until.IsZero() && in.Until.Before(claims.Expires) {
		claims.Expires = in.Until.Truncate(time.Second)
	}
	raw, err := s.signer.Sign(claims)
	return user.AccessToken{Raw: raw, Expires: claims.Expires}, err
}

// overGRPC puts the rules behind a server that checks tokens.
func overGRPC(t *testing.T, deps user.Deps) (usertest.Subject, *grpc.ClientConn) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	trust := token.NewTrust(deps.Now)
	key := token.PublicKey{ID: "test", Key: public, Expires: deps.Now().Add(365 * 24 * time.Hour)}
	trust.Apply(1, token.Change{Sequence: 1, Expires: key.Expires, Key: &key})
	trust.Complete()
	deps.Tokens = signed{token.NewSigner(key.ID, private), deps.Now}
	conn := serve(t, token.NewVerifier(trust, deps.Now, nil), func(s *grpc.Server) {
		userv1.RegisterUserServiceServer(s, usertransport.NewServer(user.NewService(deps)))
	})
	return usertest.Subject{
		Service: usertransport.NewClient(conn, middleware.Chain()),
		As: func(ctx context.Context, g user.Grant) context.Context {
			return token.WithBearer(ctx, g.AccessToken)
		},
	}, conn
}

func TestClient_Service(t *testing.T) {
	t.Parallel()
	usertest.TestService(t, func(t *testing.T, deps user.Deps) usertest.Subject {
		subject, _ := overGRPC(t, deps)
		return subject
	})
}

func newSubject(t *testing.T) (usertest.Subject, *grpc.ClientConn) {
	t.Helper()
	store := usertest.NewStore()
	return overGRPC(t, user.Deps{
		Accounts: store, Sessions: store, PersonalTokens: store, Failures: store,
		Passwords: usertest.Passwords{}, IsCommon: usertest.IsCommon, Now: time.Now,
		NameKey:         func(name string) (string, error) { return name, nil },
		PreparePassword: func(password string) string { return password },
	})
}

// signUp registers and signs in.
func signUp(t *testing.T, s usertest.Subject, name string) (context.Context, user.Grant) {
	t.Helper()
	if _, err := s.Service.Register(t.Context(), user.Register{Mutation: mutation.Mutation{ID: ulid.Make()}, Name: name, Password: "correct horse"}); err != nil {
		t.Fatal(err)
	}
	g, err := s.Service.SignIn(t.Context(), user.SignIn{SessionID: ulid.Make(), Name: name, Password: "correct horse"})
	if err != nil {
		t.Fatal(err)
	}
	return s.As(t.Context(), g), g
}

func TestServer_Caller_IsOfTheToken(t *testing.T) {
	t.Parallel()
	s, _ := newSubject(t)
	ctx, mine := signUp(t, s, "mine")
	_, other := signUp(t, s, "other")
	pretended := user.Caller{UserID: other.User.ID}
	u, err := s.Service.UpdateUser(ctx, user.UpdateUser{
		Caller: pretended, Mutation: mutation.Mutation{ID: ulid.Make()}, NickName: optional.Of("x"),
	})
	if err != nil || u.ID != mine.User.ID {
		t.Fatalf("got %v, %v", u, err)
	}
	if _, err := s.Service.GetUser(t.Context(), user.Caller{UserID: mine.User.ID}); !errors.Is(err, errs.ErrUnauthenticated) {
		t.Fatalf("without a token: got %v", err)
	}
}

func TestServer_RepeatInMetadata_IsARepeat(t *testing.T) {
	t.Parallel()
	s, _ := newSubject(t)
	ctx, _ := signUp(t, s, "mine")
	end := user.EndSessions{Mutation: mutation.Mutation{ID: ulid.Make()}, ID: ulid.Make()}
	if _, err := s.Service.EndSessions(ctx, end); !errors.Is(err, user.ErrSessionNotFound) {
		t.Fatalf("got %v, want ErrSessionNotFound", err)
	}
	if _, err := s.Service.EndSessions(rpc.MarkRepeat(ctx), end); err != nil {
		t.Fatal(err)
	}
	in := user.Register{Mutation: mutation.Mutation{ID: ulid.Make()}, Name: "twice", Password: "correct horse"}
	for _, ctx := range []context.Context{t.Context(), rpc.MarkRepeat(t.Context())} {
		if _, err := s.Service.Register(ctx, in); err != nil {
			t.Fatal(err)
		}
	}
}

func TestServer_MalformedRequest_NamesField(t *testing.T) {
	t.Parallel()
	s, conn := newSubject(t)
	ctx, _ := signUp(t, s, "mine")
	c := userv1.NewUserServiceClient(conn)
	bad := &userv1.Mutation{Id: []byte("short")}
	good := &userv1.Mutation{Id: ulid.Make().Bytes()}
	for name, call := range map[string]struct {
		field string
		do    func() error
	}{
		"register": {"id", func() error {
			_, err := c.Register(ctx, &userv1.RegisterRequest{Mutation: bad})
			return err
		}},
		"sign in": {"session_id", func() error {
			_, err := c.SignIn(ctx, &userv1.SignInRequest{SessionId: bad.GetId()})
			return err
		}},
		"change": {"mutation_id", func() error {
			_, err := c.UpdateUser(ctx, &userv1.UpdateUserRequest{Mutation: bad})
			return err
		}},
		"change nothing known": {"update_mask", func() error {
			mask := &fieldmaskpb.FieldMask{Paths: []string{"password"}}
			_, err := c.UpdateUser(ctx, &userv1.UpdateUserRequest{Mutation: good, UpdateMask: mask})
			return err
		}},
		"change without a mutation": {"mutation_id", func() error {
			_, err := c.UpdateUser(ctx, &userv1.UpdateUserRequest{})
			return err
		}},
		"password": {"mutation_id", func() error {
			_, err := c.ChangePassword(ctx, &userv1.ChangePasswordRequest{Mutation: bad})
			return err
		}},
		"delete": {"mutation_id", func() error {
			_, err := c.DeleteUser(ctx, &userv1.DeleteUserRequest{Mutation: bad, Password: "x"})
			return err
		}},
		"end": {"id", func() error {
			_, err := c.EndSessions(ctx, &userv1.EndSessionsRequest{Mutation: good, Id: []byte("short")})
			return err
		}},
	} {
		err := rpc.FromStatus(call.do())
		e := errs.From(err)
		if !errors.Is(err, errs.ErrInvalid) || len(e.Fields) != 1 || e.Fields[0].Name != call.field {
			t.Errorf("%s: got %v, want one field, %s", name, err, call.field)
		}
	}
}

func TestClient_SignIn_InvalidUTF8UserAgent_Succeeds(t *testing.T) {
	t.Parallel()
	s, _ := newSubject(t)
	ctx, _ := signUp(t, s, "mine")
	_, err := s.Service.SignIn(ctx, user.SignIn{
		SessionID: ulid.Make(), Name: "mine", Password: "correct horse", Origin: user.Origin{UserAgent: "bad \xff bytes"},
	})
	if err != nil {
		t.Fatal(err)
	}
}
