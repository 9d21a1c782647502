package user

import (
	"context"
	"errors"

	"todokit/pkg/errs"
	"todokit/pkg/mutation"
)

func (s *service) ChangePassword(ctx context.Context, in ChangePassword) (struct{}, error) {
	var v errs.Validator
	s.checkID(&v, "mutation_id", in.Mutation.ID)
	requireText(&v, "current_password", in.Current)
	in.Current, in.New = s.PreparePassword(in.Current), s.PreparePassword(in.New)
	s.checkPassword(&v, "new_password", in.New, "")
	if err := v.Err(); err != nil {
		return struct{}{}, err
	}
	return mutation.Retry(func() (struct{}, error) { return s.changePassword(ctx, in) })
}

func (s *service) changePassword(ctx context.Context, in ChangePassword) (struct{}, error) {
	a, err := s.account(ctx, in.UserID)
	if err != nil {
		return struct{}{}, err
	}
	if done, err := a.check(in.Mutation, 0, s.now()); done || err != nil {
		return struct{}{}, err
	}
	var v errs.Validator
	if s.checkPassword(&v, "new_password", in.New, a.NameKey); v.Err() != nil {
		return struct{}{}, v.Err()
	}
	if err := s.confirm(ctx, a, in.Caller, in.Current); err != nil {
		return struct{}{}, err
	}
	if a.PasswordHash, err = s.Passwords.Hash(ctx, NewPassword{in.New, PriorityKnown}); err != nil {
		return struct{}{}, err
	}
	s.touch(&a, in.Mutation)
	err = s.Accounts.SavePassword(ctx, PasswordSave{Account: a, Keep: in.SessionID, Expires: s.revokedUntil()})
	if err == nil {
		s.audit(ctx, Event{Kind: EventPasswordChanged, UserID: a.ID, SessionID: in.SessionID})
	}
	return struct{}{}, err
}

// DeleteUser succeeds for a repeat that finds the account gone: the earlier
// attempt has deleted it.
func (s *service) DeleteUser(ctx context.Context, in DeleteUser) (struct{}, error) {
	var v errs.Validator
	s.checkID(&v, "mutation_id", in.Mutation.ID)
	requireText(&v, "password", in.Password)
	if err := v.Err(); err != nil {
		return struct{}{}, err
	}
	in.Password = s.PreparePassword(in.Password)
	_, err := mutation.Retry(func() (struct{}, error) { return struct{}{}, s.deleteUser(ctx, in) })
	if in.Mutation.Repeat && errors.Is(err, ErrNotFound) {
		return struct{}{}, nil
	}
	return struct{}{}, err
}

func (s *service) deleteUser(ctx context.Context, in DeleteUser) error {
	a, err := s.account(ctx, in.UserID)
	if err != nil {
		return err
	}
	if in.Revoked {
		return errs.ErrUnauthenticated // by something else
	}
	if err := s.confirm(ctx, a, in.Caller, in.Password); err != nil {
		return err
	}
	err = s.Accounts.DeleteAccount(ctx, AccountEnd{ID: a.ID, Version: a.Version, Expires: s.revokedUntil()})
	if err == nil {
		s.audit(ctx, Event{Kind: EventAccountDeleted, UserID: a.ID, SessionID: in.SessionID})
	}
	return err
}

// confirm returns ErrWrongPassword unless it is the account's (prepared
// already), and ErrThrottled after too many that were not: who has stolen an
// access token cannot find out the password.
func (s *service) confirm(ctx context.Context, a Account, caller Caller, password string) error {
	return s.tryPassword(ctx, a, passwordTry{
		throttle: confirmThrottle(a.ID), password: password,
		event: Event{Kind: EventPasswordWrong, UserID: a.ID, SessionID: caller.SessionID},
	})
}

// passwordTry is an attempt to show an account's password (prepared already).
type passwordTry struct {
	throttle loginThrottle
	password string
	event    Event // if it fails
}

// tryPassword returns ErrWrongPassword, and ErrThrottled if it may not be tried.
func (s *service) tryPassword(ctx context.Context, a Account, try passwordTry) error {
	err := s.checkThrottle(ctx, &try.throttle)
	if err == nil {
		err = s.comparePassword(ctx, a, try.throttle, try.password)
	}
	return s.auditFailure(ctx, err, try.event)
}

func (s *service) comparePassword(ctx context.Context, a Account, throttle loginThrottle, password string) error {
	right, err := s.Passwords.Verify(ctx, PasswordCheck{password, a.PasswordHash, throttle.order})
	if err != nil {
		return err
	}
	if right {
		return s.noteSuccess(ctx, throttle)
	}
	if err := s.noteFailure(ctx, throttle); err != nil {
		return err
	}
	return ErrWrongPassword
}
