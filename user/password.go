package user

import (
	"context"
	"errors"

	"todokit/pkg/errs"
)

// ChangePassword is part of Service.
func (r *rules) ChangePassword(ctx context.Context, in PasswordChange) (struct{}, error) {
	var c errs.Validator
	r.checkID(&c, "mutation_id", in.Mutation.ID)
	require(&c, "current_password", in.Current)
	in.Current, in.New = r.PreparePassword(in.Current), r.PreparePassword(in.New)
	r.checkPassword(&c, "new_password", in.New, "")
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
	var c errs.Validator
	if r.checkPassword(&c, "new_password", in.New, a.NameKey); c.Err() != nil {
		return struct{}{}, c.Err()
	}
	if err := r.confirm(ctx, a, in.Caller, in.Current); err != nil {
		return struct{}{}, err
	}
	if a.PasswordHash, err = r.Passwords.Hash(ctx, in.New); err != nil {
		return struct{}{}, err
	}
	r.mark(&a, in.Mutation)
	none, err := r.Accounts.SavePassword(ctx, PasswordSave{Account: a, Keep: in.SessionID, Expires: r.revokedUntil()})
	if err == nil {
		r.audit(ctx, Event{Kind: EventPasswordChanged, UserID: a.ID, SessionID: in.SessionID})
	}
	return none, err
}

// DeleteUser is part of Service. An account that a repeat finds gone is what
// the earlier attempt has deleted.
func (r *rules) DeleteUser(ctx context.Context, in Deletion) (struct{}, error) {
	var c errs.Validator
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
	if err := r.confirm(ctx, a, in.Caller, in.Password); err != nil {
		return struct{}{}, err
	}
	none, err := r.Accounts.DeleteAccount(ctx, AccountEnd{ID: a.ID, Version: a.Version, Expires: r.revokedUntil()})
	if err == nil {
		r.audit(ctx, Event{Kind: EventAccountDeleted, UserID: a.ID, SessionID: in.SessionID})
	}
	return none, err
}

// confirm returns ErrWrongPassword unless it is the account's (prepared
// already), and ErrThrottled after too many that were not: a stolen access
// token is no way to find the password out.
func (r *rules) confirm(ctx context.Context, a Account, caller Caller, password string) error {
	g := confirmGate(a.ID)
	err := r.enter(ctx, &g)
	if err == nil {
		err = r.compare(ctx, a, g, password)
	}
	return r.auditFailure(ctx, err, Event{Kind: EventPasswordWrong, UserID: a.ID, SessionID: caller.SessionID})
}

func (r *rules) compare(ctx context.Context, a Account, g gate, password string) error {
	right, err := r.Passwords.Verify(ctx, PasswordCheck{password, a.PasswordHash})
	if err != nil {
		return err
	}
	if right {
		return r.succeeded(ctx, g)
	}
	if err := r.failed(ctx, g); err != nil {
		return err
	}
	return ErrWrongPassword
}
