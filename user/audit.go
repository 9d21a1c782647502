package user

import "github.com/oklog/ulid/v2"

// EventKind says what happened, in the words of the audit log.
type EventKind string

// The events.
const (
	EventRegistered      EventKind = "registered"
	EventSignedIn        EventKind = "signed_in"
	EventSignInFailed    EventKind = "sign_in_failed"
	EventThrottled       EventKind = "throttled"        // an attempt that was not even looked at
	EventPasswordWrong   EventKind = "password_wrong"   // of a signed-in caller
	EventPasswordChanged EventKind = "password_changed" // all else has ended
	EventTokenReused     EventKind = "refresh_token_reused"
	EventSessionEnded    EventKind = "session_ended"
	EventSessionsEnded   EventKind = "all_sessions_ended"
	EventTokenCreated    EventKind = "access_token_created"
	EventTokenEnded      EventKind = "access_token_revoked"
	EventAccountDeleted  EventKind = "account_deleted"
)

// Event is something that an operator may have to look up later. It holds no
// secret, and no name: people type passwords there. What is not known is zero.
type Event struct {
	Kind      EventKind
	UserID    ulid.ULID
	SessionID ulid.ULID // through which it was asked
	TargetID  ulid.ULID // the session that was ended
	TokenID   ulid.ULID // the personal access token that was made or ended
	Address   string    // IP address, where the request says so
}
