package user

import (
	"context"
	"errors"

	"todokit/pkg/errs"
	"todokit/pkg/mutation"
)

func (s *service) Register(ctx context.Context, in Register) (User, error) {
	if err := s.Registration.allow(in.Invitation); err != nil {
		return User{}, err
	}
	password := s.PreparePassword(in.Password)
	key, err := s.checkRegistration(&in, password)
	if err != nil {
		return User{}, err
	}
	if in.Mutation.Repeat {
		if made, err := s.registeredBefore(ctx, in, key, password); !errors.Is(err, ErrNotFound) {
			return made, err
		}
	}
	if err := s.countRegistration(ctx, in.Origin.Address); err != nil {
		return User{}, err
	}
	hash, err := s.Passwords.Hash(ctx, NewPassword{password, PriorityRegister})
	if err != nil {
		return User{}, err
	}
	account := Account{
		User: User{
			ID: in.Mutation.ID, Name: in.Name, NickName: in.NickName,
			CreateTime: timeOf(in.Mutation.ID), UpdateTime: s.now(), Version: 1, Mutation: in.Mutation.ID,
		},
		NameKey:      key,
		PasswordHash: hash,
	}
	err = s.Accounts.CreateAccount(ctx, account)
	if errors.Is(err, ErrNameTaken) && in.Mutation.Repeat { // the earlier attempt was still on its way
		made, before := s.registeredBefore(ctx, in, key, password)
		if !errors.Is(before, ErrNotFound) {
			return made, before
		}
	}
	if err != nil {
		return User{}, err
	}
	s.audit(ctx, Event{Kind: EventRegistered, UserID: account.ID, Address: in.Origin.Address})
	return account.User, nil
}

func (s *service) checkRegistration(in *Register, password string) (key string, err error) {
	var v errs.Validator
	s.checkID(&v, "id", in.Mutation.ID)
	key = s.checkName(&v, in.Name)
	s.checkPassword(&v, "password", password, key)
	v.Text("nick_name", in.NickName, 0, MaxNickName)
	in.Origin = checkOrigin(&v, in.Origin)
	return key, v.Err()
}

// registeredBefore returns the account that an earlier attempt has made, ErrNotFound
// if there is none. The caller has no token to show yet, so the name and the password
// must agree, and wrong passwords are counted as those of a sign-in.
func (s *service) registeredBefore(ctx context.Context, in Register, key, password string) (User, error) {
	found, err := s.Accounts.AccountByID(ctx, in.Mutation.ID)
	if err != nil {
		return User{}, err
	}
	if found.NameKey != key {
		return User{}, ErrNameTaken
	}
	err = s.tryPassword(ctx, found, passwordTry{
		throttle: signInThrottle(found.NameKey, in.Origin.Address), password: password,
		event: Event{Kind: EventSignInFailed, UserID: found.ID, Address: in.Origin.Address},
	})
	if errors.Is(err, ErrWrongPassword) {
		err = ErrNameTaken
	}
	if err != nil {
		return User{}, err
	}
	return found.User, nil
}

func (s *service) GetUser(ctx context.Context, caller Caller) (User, error) {
	a, err := s.account(ctx, caller.UserID)
	return a.User, err
}

func (s *service) UpdateUser(ctx context.Context, in UpdateUser) (User, error) {
	var v errs.Validator
	s.checkID(&v, "mutation_id", in.Mutation.ID)
	v.Text("nick_name", in.NickName.Value, 0, MaxNickName)
	if in.IfVersion < 0 {
		v.Add("if_version", errs.FieldRange, "0 and more")
	}
	if err := v.Err(); err != nil {
		return User{}, err
	}
	return mutation.Retry(func() (User, error) { return s.updateUser(ctx, in) })
}

func (s *service) updateUser(ctx context.Context, in UpdateUser) (User, error) {
	a, err := s.account(ctx, in.UserID)
	if err != nil {
		return User{}, err
	}
	if done, err := a.check(in.Mutation, in.IfVersion, s.now()); done || err != nil {
		return a.User, err
	}
	if in.NickName.Set {
		a.NickName = in.NickName.Value
	}
	s.touch(&a, in.Mutation)
	if err := s.Accounts.SaveProfile(ctx, a); err != nil {
		return User{}, err
	}
	return a.User, nil
}
