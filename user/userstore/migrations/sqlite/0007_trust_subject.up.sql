-- To find out whether an account is in the log.
CREATE INDEX trust_log_subject ON trust_log (subject)
