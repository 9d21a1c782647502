-- To find out whether an account is in the log.
ALTER TABLE trust_log ADD KEY trust_log_subject (subject)
