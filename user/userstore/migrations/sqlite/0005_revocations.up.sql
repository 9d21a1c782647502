-- Further sessions that were revoked with subject, 16 bytes each.
ALTER TABLE trust_log ADD COLUMN more BLOB NULL
