-- The revision becomes the clock of its owner: the moment of the last write of
-- anything that the owner has, in microseconds since 1970. Both statements may
-- be repeated.
ALTER TABLE owners DROP COLUMN revision, ADD COLUMN revision BIGINT NOT NULL DEFAULT 0
--bun:split
-- No clock begins before a time that it has given.
UPDATE owners AS o SET revision = GREATEST(
    COALESCE((SELECT TIMESTAMPDIFF(MICROSECOND, '1970-01-01', MAX(l.update_time)) FROM lists AS l WHERE l.user_id = o.user_id), 0),
    COALESCE((SELECT TIMESTAMPDIFF(MICROSECOND, '1970-01-01', MAX(t.update_time)) FROM tasks AS t WHERE t.user_id = o.user_id AND t.trashed = FALSE), 0),
    COALESCE((SELECT TIMESTAMPDIFF(MICROSECOND, '1970-01-01', MAX(t.update_time)) FROM tasks AS t WHERE t.user_id = o.user_id AND t.trashed = TRUE), 0)
)
