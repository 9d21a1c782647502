package usertransport

import userv1 "todokit/api/user/v1"

// Hashing returns the methods that hash a password, by their full names. They
// take longer than the others by nature, and much longer when many ask at once.
func Hashing() []string {
	return []string{
		userv1.UserService_Register_FullMethodName,
		userv1.UserService_SignIn_FullMethodName,
		userv1.UserService_ChangePassword_FullMethodName,
		userv1.UserService_DeleteUser_FullMethodName,
	}
}
