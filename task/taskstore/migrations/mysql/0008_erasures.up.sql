-- What deleted accounts have left, and when it will be erased. Whoever sets
-- another due_time keeps it for longer.
CREATE TABLE IF NOT EXISTS erasures (
    user_id  BINARY(16)  NOT NULL,
    due_time DATETIME(6) NOT NULL,
    revision BIGINT      NOT NULL, -- of the owner when it began to wait: another one now is a sign of life
    PRIMARY KEY (user_id),
    KEY erasures_due (due_time)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
--bun:split
DROP TABLE IF EXISTS erasure_cursor
