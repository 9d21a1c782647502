// Package taskapp puts the task service together, for its own command and for
// the standalone program alike.
//
//	gRPC ─ tasktransport ─ taskendpoint ─ task rules ─ taskstore ─ database
//	   └ token.Verifier ─ token.Trust ◀─ follower ─ user service
//	                                        └ deleted accounts ─▶ task.Upkeep
package taskapp
