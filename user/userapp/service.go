package userapp

import (
	"context"
	"time"

	"github.com/go-kit/log/level"
	"github.com/oklog/run"

	"todokit/pkg/middleware"
	"todokit/pkg/process"
	"todokit/pkg/token"
	"todokit/user"
	"todokit/user/userauth"
	"todokit/user/userendpoint"
	"todokit/user/userstore"
	"todokit/user/usertransport"
)

// service is what an instance consists of, between its database and its port.
type service struct {
	set          userendpoint.Set
	verifier     *token.Verifier
	trustServer  *usertransport.TrustServer
	trustLog     *user.TrustLog
	keyring      *userauth.Keyring
	housekeeping *user.Housekeeping
}

func newService(env process.Env, store *userstore.Store, cfg Config) *service {
	trust := token.NewTrust(time.Now)
	apply := userauth.ApplyTo(trust)
	trustLog := user.NewTrustLog(store, time.Now, apply)
	keyring := userauth.NewKeyring(store, trustLog, time.Now)
	svc := user.NewService(user.Deps{
		Accounts: store, Sessions: store, PersonalTokens: store, Failures: store,
		Passwords: userauth.NewHasher(userauth.NewHashLimits(env.Registry)), Tokens: keyring, Registration: cfg.Registration.policy(),
		SessionLimit: cfg.Session.PerAccount, NameKey: userauth.NameKey, FormerNameKey: userauth.FormerNameKey,
		PreparePassword: userauth.PreparePassword, IsCommon: userauth.IsCommon, GuessForm: userauth.GuessForm,
		Now: time.Now, StoreNow: store.Now, Audit: userauth.Audit(env.Logger),
	})
	return &service{
		set: userendpoint.New(svc, middleware.Log(env.Logger)),
		// An instance reads the trust log itself: also for a key that it does not
		// know yet, another instance's.
		verifier: token.NewVerifier(trust, time.Now, token.NewUnknownKeys(trust, func(ctx context.Context) error {
			keys, err := trustLog.LiveKeys(ctx)
			if err == nil {
				apply(0, keys)
			}
			return err
		})),
		trustServer:  usertransport.NewTrustServer(trustLog, store, usertransport.HeartbeatInterval),
		trustLog:     trustLog,
		keyring:      keyring,
		housekeeping: user.NewHousekeeping(store, store.Now),
	}
}

// addWorkers adds what the instance does without being called.
func (s *service) addWorkers(g *run.Group, env process.Env) {
	env.Health.Require("signing key", s.keyring.Ensure)
	for doing, work := range map[string]func(context.Context, func(error)){
		"read the trust log":    s.trustLog.Run,
		"publish a signing key": s.keyring.Run,
		"remove what expired":   s.housekeeping.Run,
	} {
		process.AddActor(g, func(ctx context.Context) error {
			work(ctx, func(err error) {
				_ = level.Warn(env.Logger).Log("msg", "could not "+doing+"; trying again", "err", err)
			})
			return nil
		})
	}
}
