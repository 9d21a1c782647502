-- The revision becomes the clock of its owner: the moment of the last write of
-- anything that the owner has, in microseconds since 1970.
ALTER TABLE owners DROP COLUMN revision
--bun:split
ALTER TABLE owners ADD COLUMN revision INTEGER NOT NULL DEFAULT 0
--bun:split
-- No clock begins before a time that it has given. SQLite knows milliseconds
-- only: it begins with the second after that time.
UPDATE owners SET revision = MAX(
    COALESCE((SELECT strftime('%s', MAX(l.update_time)) + 1 FROM lists AS l WHERE l.user_id = owners.user_id), 0),
    COALESCE((SELECT strftime('%s', MAX(t.update_time)) + 1 FROM tasks AS t WHERE t.user_id = owners.user_id AND t.trashed = FALSE), 0),
    COALESCE((SELECT strftime('%s', MAX(t.update_time)) + 1 FROM tasks AS t WHERE t.user_id = owners.user_id AND t.trashed = TRUE), 0)
) * 1000000
