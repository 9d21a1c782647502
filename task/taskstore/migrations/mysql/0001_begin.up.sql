-- Everything is clustered by its owner: the first column of each primary key.
-- Texts are compared by code point, and labels byte by byte.
CREATE TABLE IF NOT EXISTS owners (
    user_id     BINARY(16)  NOT NULL,
    tasks       BIGINT      NOT NULL, -- how many there are, the trash included
    lists       BIGINT      NOT NULL, -- how many there are, the inbox included
    delete_time DATETIME(6) NULL,     -- when the account was deleted
    erased      BOOLEAN     NOT NULL, -- nothing of the deleted account is left
    PRIMARY KEY (user_id),
    KEY owners_closed (erased, delete_time)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
--bun:split
CREATE TABLE IF NOT EXISTS lists (
    user_id     BINARY(16)   NOT NULL,
    id          BINARY(16)   NOT NULL, -- of the inbox: the user_id
    title       VARCHAR(500) NOT NULL,
    position    DOUBLE       NOT NULL,
    update_time DATETIME(6)  NOT NULL,
    version     BIGINT       NOT NULL,
    mutation    BINARY(16)   NOT NULL, -- the one that made this version
    delete_time DATETIME(6)  NULL,     -- set: gone, and being emptied
    PRIMARY KEY (user_id, id),
    KEY lists_position (user_id, position, id),
    KEY lists_closed (delete_time),
    CONSTRAINT lists_owner FOREIGN KEY (user_id) REFERENCES owners (user_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
--bun:split
-- A key for each order that is read by pages. The live tasks and those in the
-- trash lie apart in each of them.
CREATE TABLE IF NOT EXISTS tasks (
    user_id       BINARY(16)   NOT NULL,
    id            BINARY(16)   NOT NULL, -- contains the create time
    list_id       BINARY(16)   NOT NULL,
    trashed       BOOLEAN      NOT NULL,
    title         VARCHAR(500) NOT NULL,
    content       MEDIUMTEXT   NOT NULL, -- 64 KiB is one byte too many for TEXT
    status        VARCHAR(16)  NOT NULL,
    priority      TINYINT      NOT NULL, -- 0: none
    start_date    VARCHAR(10)  NULL,     -- of a whole day
    start_time    DATETIME(6)  NULL,
    due_date      VARCHAR(10)  NULL,     -- of a whole day
    due_time      DATETIME(6)  NULL,
    time_zone     VARCHAR(64)  NOT NULL,
    labels        TEXT         NOT NULL, -- JSON, in their order
    position      DOUBLE       NOT NULL,
    complete_time DATETIME(6)  NULL,
    update_time   DATETIME(6)  NOT NULL,
    delete_time   DATETIME(6)  NULL,
    version       BIGINT       NOT NULL,
    mutation      BINARY(16)   NOT NULL, -- the one that made this version
    earlier       VARCHAR(224) NOT NULL DEFAULT '', -- those before it, in hexadecimal, the last first
    PRIMARY KEY (user_id, id),
    KEY tasks_created (user_id, trashed, id),
    KEY tasks_listed (user_id, list_id, trashed, id),
    KEY tasks_placed (user_id, list_id, trashed, position, id),
    KEY tasks_due (user_id, trashed, due_time, id),
    KEY tasks_updated (user_id, trashed, update_time, id),
    CONSTRAINT tasks_list FOREIGN KEY (user_id, list_id) REFERENCES lists (user_id, id),
    CONSTRAINT tasks_trash CHECK (trashed = (delete_time IS NOT NULL))
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
--bun:split
-- The labels of tasks again, to find tasks by them.
CREATE TABLE IF NOT EXISTS task_labels (
    user_id BINARY(16)     NOT NULL,
    label   VARBINARY(200) NOT NULL, -- UTF-8
    task_id BINARY(16)     NOT NULL,
    PRIMARY KEY (user_id, label, task_id),
    KEY task_labels_task (user_id, task_id),
    CONSTRAINT task_labels_task FOREIGN KEY (user_id, task_id) REFERENCES tasks (user_id, id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
--bun:split
-- The first answers to creates that came with an Idempotency-Key.
CREATE TABLE IF NOT EXISTS idempotency_keys (
    user_id     BINARY(16)  NOT NULL,
    key_hash    BINARY(32)  NOT NULL, -- SHA-256 of what was created and the key
    fingerprint BINARY(32)  NOT NULL, -- of the request
    answer      MEDIUMBLOB  NOT NULL, -- JSON
    create_time DATETIME(6) NOT NULL,
    PRIMARY KEY (user_id, key_hash),
    KEY idempotency_keys_age (create_time),
    CONSTRAINT idempotency_keys_owner FOREIGN KEY (user_id) REFERENCES owners (user_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
--bun:split
-- One row: how far the log of deleted accounts has been carried out.
CREATE TABLE IF NOT EXISTS erasure_cursor (
    id       TINYINT NOT NULL,
    sequence BIGINT  NOT NULL,
    PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
--bun:split
INSERT IGNORE INTO erasure_cursor (id, sequence) VALUES (1, 0)
