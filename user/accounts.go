package user

import (
	"context"
	"errors"

	"todokit/pkg/errs"
)

// Register is part of Service.
func (r *rules) Register(ctx context.Context, in Registration) (User, error) {
	if err := r.Admission.admit(in.Invitation); err != nil {
		return User{}, err
	}
	password := r.PreparePassword(in.Password)
	key, err := r.checkRegistration(in, password)
	if err != nil {
		return User{}, err
	}
	hash, err := r.Passwords.Hash(ctx, password)
	if err != nil {
		return User{}, err
	}
	account := Account{
		User: User{
			ID: in.ID, Name: in.Name, NickName: in.NickName,
			CreateTime: timeOf(in.ID), UpdateTime: r.now(), Version: 1, Mutation: in.ID,
		},
		NameKey:      key,
		PasswordHash: hash,
	}
	_, err = r.Accounts.CreateAccount(ctx, account)
	if errors.Is(err, ErrNameTaken) && in.Repeat {
		return r.registeredBefore(ctx, account, password)
	}
	if err != nil {
		return User{}, err
	}
	r.audit(ctx, Event{Kind: EventRegistered, UserID: account.ID})
	return account.User, nil
}

func (r *rules) checkRegistration(in Registration, password string) (key string, err error) {
	var c errs.Validator
	r.checkID(&c, "id", in.ID)
	key = r.checkName(&c, in.Name)
	r.checkPassword(&c, "password", password, key)
	c.Text("nick_name", in.NickName, 0, MaxNickName)
	return key, c.Err()
}

// registeredBefore returns the account that an earlier attempt has made. The
// caller has no token to show yet, so the name and the password must agree.
func (r *rules) registeredBefore(ctx context.Context, want Account, password string) (User, error) {
	found, err := r.Accounts.AccountByID(ctx, want.ID)
	if errors.Is(err, ErrNotFound) || err == nil && found.NameKey != want.NameKey {
		return User{}, ErrNameTaken
	}
	if err != nil {
		return User{}, err
	}
	right, err := r.Passwords.Verify(ctx, PasswordCheck{password, found.PasswordHash})
	if err != nil {
		return User{}, err
	}
	if !right {
		return User{}, ErrNameTaken
	}
	return found.User, nil
}

// GetUser is part of Service.
func (r *rules) GetUser(ctx context.Context, caller Caller) (User, error) {
	a, err := r.account(ctx, caller.UserID)
	return a.User, err
}

// UpdateUser is part of Service.
func (r *rules) UpdateUser(ctx context.Context, in UserChange) (User, error) {
	var c errs.Validator
	r.checkID(&c, "mutation_id", in.Mutation.ID)
	c.Text("nick_name", in.NickName.Value, 0, MaxNickName)
	if in.IfVersion < 0 {
		c.Add("if_version", errs.FieldRange, "0 and more")
	}
	if err := c.Err(); err != nil {
		return User{}, err
	}
	return compareAndSwap(func() (User, error) { return r.updateUser(ctx, in) })
}

func (r *rules) updateUser(ctx context.Context, in UserChange) (User, error) {
	a, err := r.account(ctx, in.UserID)
	if err != nil {
		return User{}, err
	}
	if done, err := settled(a, in.Mutation, in.IfVersion); done || err != nil {
		return a.User, err
	}
	if in.NickName.Set {
		a.NickName = in.NickName.Value
	}
	r.mark(&a, in.Mutation)
	if _, err := r.Accounts.SaveProfile(ctx, a); err != nil {
		return User{}, err
	}
	return a.User, nil
}

// mark makes the next version of an account.
func (r *rules) mark(a *Account, m Mutation) {
	a.Version++
	a.UpdateTime = r.now()
	copy(a.Earlier[1:], a.Earlier[:])
	a.Earlier[0], a.Mutation = a.Mutation, m.ID
}
