package usertransport

import (
	"context"

	"github.com/oklog/ulid/v2"
	"google.golang.org/grpc"

	userv1 "todokit/api/user/v1"
	"todokit/pkg/rpc"
)

// AllInstances is a connection to the user service through which every instance
// can be asked; *balancer.Conn is one.
type AllInstances interface {
	grpc.ClientConnInterface
	// Each calls a function for every instance that is known, and returns the first
	// error, or one if there is none.
	Each(ctx context.Context, do func(context.Context, grpc.ClientConnInterface) error) error
}

// Deletions tells a service that keeps data of accounts which of them are deleted.
type Deletions struct{ conn AllInstances }

// Deleted is an account that is no more.
type Deleted struct {
	UserID   ulid.ULID
	Sequence uint64 // its place in the trust log
}

// NewDeletions returns the Deletions of the user service at the other end of a
// connection.
func NewDeletions(conn AllInstances) *Deletions { return &Deletions{conn} }

// After returns some of the deleted accounts after a place of the log, in their
// order, none at the end. Any instance is asked: what it says may be wrong.
func (d *Deletions) After(ctx context.Context, sequence uint64) ([]Deleted, error) {
	reply, err := userv1.NewTrustServiceClient(d.conn).ListDeletions(ctx, &userv1.ListDeletionsRequest{After: sequence})
	if err != nil {
		return nil, err
	}
	deleted := make([]Deleted, len(reply.GetDeletions()))
	for i, raw := range reply.GetDeletions() {
		c, err := decodeChange(raw)
		if err != nil {
			return nil, err
		}
		deleted[i] = Deleted{UserID: c.User, Sequence: c.Sequence}
	}
	return deleted, nil
}

// Confirmed reports whether every instance that is known says that the account is
// deleted. Returns an error if one of them cannot be asked, or there is none.
func (d *Deletions) Confirmed(ctx context.Context, id ulid.ULID) (bool, error) {
	confirmed := true
	err := d.conn.Each(ctx, func(ctx context.Context, cc grpc.ClientConnInterface) error {
		reply, err := userv1.NewTrustServiceClient(cc).CheckDeletion(ctx, &userv1.CheckDeletionRequest{UserId: id.Bytes()})
		confirmed = confirmed && reply.GetDeleted()
		return rpc.FromStatus(err)
	})
	return confirmed && err == nil, err
}
