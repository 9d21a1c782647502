package userapp

import (
	"context"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"todokit/pkg/backoff"
	"todokit/pkg/errs"
	"todokit/user/userstore"
)

// maxReported is how many collisions are logged one by one.
const maxReported = 20

// foldNames brings the names of earlier versions up to date, before anybody can
// register, and reports accounts whose names are alike by now. It waits for a
// database that is away until ctx ends.
func foldNames(ctx context.Context, store *userstore.Store, logger log.Logger) error {
	for {
		collisions, err := store.FoldNames(ctx)
		switch {
		case err == nil:
			report(collisions, logger)
			return nil
		case errs.KindOf(err) != errs.Unavailable || !backoff.Sleep(ctx, time.Second):
			return err
		}
		_ = level.Warn(logger).Log("msg", "names could not be compared; trying again", "err", err)
	}
}

func report(collisions []userstore.Collision, logger log.Logger) {
	for _, c := range collisions[:min(len(collisions), maxReported)] {
		_ = level.Warn(logger).Log("msg", "the user names of two accounts differ in case only; each is still found by its own spelling",
			"user", c.ID, "other", c.Other, "of", len(collisions))
	}
}
