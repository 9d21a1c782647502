-- What deleted accounts have left, and when it will be erased. Whoever sets
-- another due_time keeps it for longer.
CREATE TABLE erasures (
    user_id  BLOB     NOT NULL,
    due_time DATETIME NOT NULL,
    revision INTEGER  NOT NULL, -- of the owner when it began to wait: another one now is a sign of life
    PRIMARY KEY (user_id)
) WITHOUT ROWID
--bun:split
CREATE INDEX erasures_due ON erasures (due_time)
--bun:split
DROP TABLE erasure_cursor
