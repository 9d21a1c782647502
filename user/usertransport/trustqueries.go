package usertransport

import (
	"context"
	"math"

	userv1 "todokit/api/user/v1"
	"todokit/pkg/errs"
	"todokit/user"
)

// ListKeys returns the public keys that the database has now: also one that the
// instance has yet to hear of, or has forgotten because its clock was wrong.
func (s *TrustServer) ListKeys(ctx context.Context, _ *userv1.ListKeysRequest) (*userv1.ListKeysResponse, error) {
	keys, err := s.trustLog.LiveKeys(ctx)
	if err != nil {
		return nil, err
	}
	return &userv1.ListKeysResponse{Keys: encodeChanges(keys...)}, nil
}

// ListDeletions returns the deleted accounts after a place in the log.
func (s *TrustServer) ListDeletions(ctx context.Context, m *userv1.ListDeletionsRequest) (*userv1.ListDeletionsResponse, error) {
	page, err := s.store.TrustEntries(ctx, user.TrustQuery{After: m.GetAfter(), UpTo: math.MaxInt64, Limit: trustChunk, Deletions: true})
	if err != nil {
		return nil, err
	}
	return &userv1.ListDeletionsResponse{Deletions: encodeChanges(page...)}, nil
}

// CheckDeletion tells whether an account is deleted.
func (s *TrustServer) CheckDeletion(ctx context.Context, m *userv1.CheckDeletionRequest) (*userv1.CheckDeletionResponse, error) {
	id, err := decodeID(m.GetUserId())
	if err != nil {
		return nil, errs.ErrInvalid.Wrap(err)
	}
	deleted, err := s.store.AccountDeleted(ctx, id)
	if err != nil {
		return nil, err
	}
	return &userv1.CheckDeletionResponse{Deleted: deleted}, nil
}
