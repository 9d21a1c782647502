package user

import (
	"context"
	"errors"

	"todokit/pkg/errs"
)

// ChangePassword is part of Service.
func (r *rules) ChangePassword(ctx context.Context, in PasswordChange) (struct{}, error) {
	var c errs.Check
	r.checkID(&c, "mutation_id", in.Mutation.ID)
	require(&c, "current_password", in.Current)
	in.Current, in.New = r.PreparePassword(in.Current), r.PreparePassword(in.New)
	checkPassword(&c, "new_password", in.New, "")
	if err := c.Err(); err != nil {
		return struct{}{}, err
	}
	return compareAndSwap(func() (struct{}, error) { return r.changePassword(ctx, in) })
}

func (r *rules) changePassword(ctx context.Context, in PasswordChange) (struct{}, error) {
	a, err := r.account(ctx, in.UserID)
	if err != nil {
		return struct{}{}, err
	}
	if done, err := settled(a, in.Mutation, 0); done || err != nil {
		return struct{}{}, err
	}
	var c errs.Check
	if checkPassword(&c, "new_password", in.New, a.NameKey); c.Err() != nil {
		return struct{}{}, c.Err()
	}
	if err := r.confirm(ctx, a, in.Current); err != nil {
		return struct{}{}, err
	}
	if a.PasswordHash, err = r.Passwords.Hash(ctx, in.New); err != nil {
		return struct{}{}, err
	}
	r.mark(&a, in.Mutation)
	return r.Accounts.SavePassword(ctx, PasswordSave{Account: a, Keep: in.SessionID, Expires: r.revokedUntil()})
}

// DeleteUser is part of Service. An account that a repeat finds gone is what
// the earlier attempt has deleted.
func (r *rules) DeleteUser(ctx context.Context, in Deletion) (struct{}, error) {
	var c errs.Check
	r.checkID(&c, "mutation_id", in.Mutation.ID)
	require(&c, "password", in.Password)
	if err := c.Err(); err != nil {
		return struct{}{}, err
	}
	in.Password = r.PreparePassword(in.Password)
	none, err := compareAndSwap(func() (struct{}, error) { return r.deleteUser(ctx, in) })
	if in.Mutation.Repeat && errors.Is(err, ErrNotFound) {
		return none, nil
	}
	return none, err
}

func (r *rules) deleteUser(ctx context.Context, in Deletion) (struct{}, error) {
	a, err := r.account(ctx, in.UserID)
	if err != nil {
		return struct{}{}, err
	}
	if in.Mutation.Revoked {
		return struct{}{}, errs.ErrUnauthenticated // by something else
	}
	if err := r.confirm(ctx, a, in.Password); err != nil {
		return struct{}{}, err
	}
	return r.Accounts.DeleteAccount(ctx, AccountEnd{ID: a.ID, Version: a.Version, Expires: r.revokedUntil()})
}

// confirm returns ErrWrongPassword unless it is the account's (prepared already).
func (r *rules) confirm(ctx context.Context, a Account, password string) error {
	right, err := r.Passwords.Verify(ctx, PasswordCheck{password, a.PasswordHash})
	if err != nil {
		return err
	}
	if !right {
		return ErrWrongPassword
	}
	return nil
}
