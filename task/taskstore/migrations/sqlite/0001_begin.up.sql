-- Everything is clustered by its owner: the first column of each primary key.
-- Texts are compared by code point, and labels byte by byte.
CREATE TABLE owners (
    user_id     BLOB     NOT NULL,
    tasks       INTEGER  NOT NULL, -- how many there are, the trash included
    lists       INTEGER  NOT NULL, -- how many there are, the inbox included
    delete_time DATETIME NULL,     -- when the account was deleted
    erased      BOOLEAN  NOT NULL, -- nothing of the deleted account is left
    PRIMARY KEY (user_id)
) WITHOUT ROWID
--bun:split
CREATE INDEX owners_closed ON owners (erased, delete_time)
--bun:split
CREATE TABLE lists (
    user_id     BLOB     NOT NULL,
    id          BLOB     NOT NULL, -- of the inbox: the user_id
    title       TEXT     NOT NULL,
    position    REAL     NOT NULL,
    update_time DATETIME NOT NULL,
    version     INTEGER  NOT NULL,
    mutation    BLOB     NOT NULL, -- the one that made this version
    delete_time DATETIME NULL,     -- set: gone, and being emptied
    PRIMARY KEY (user_id, id),
    CONSTRAINT lists_owner FOREIGN KEY (user_id) REFERENCES owners (user_id)
) WITHOUT ROWID
--bun:split
CREATE INDEX lists_position ON lists (user_id, position, id)
--bun:split
CREATE INDEX lists_closed ON lists (delete_time)
--bun:split
-- A key for each order that is read by pages. The live tasks and those in the
-- trash lie apart in each of them.
CREATE TABLE tasks (
    user_id       BLOB     NOT NULL,
    id            BLOB     NOT NULL, -- contains the create time
    list_id       BLOB     NOT NULL,
    trashed       BOOLEAN  NOT NULL,
    title         TEXT     NOT NULL,
    content       TEXT     NOT NULL,
    status        TEXT     NOT NULL,
    priority      INTEGER  NOT NULL, -- 0: none
    start_date    TEXT     NULL,     -- of a whole day
    start_time    DATETIME NULL,
    due_date      TEXT     NULL,     -- of a whole day
    due_time      DATETIME NULL,
    time_zone     TEXT     NOT NULL,
    labels        TEXT     NOT NULL, -- JSON, in their order
    position      REAL     NOT NULL,
    complete_time DATETIME NULL,
    update_time   DATETIME NOT NULL,
    delete_time   DATETIME NULL,
    version       INTEGER  NOT NULL,
    mutation      BLOB     NOT NULL, -- the one that made this version
    earlier       TEXT     NOT NULL DEFAULT '', -- those before it, in hexadecimal, the last first
    PRIMARY KEY (user_id, id),
    CONSTRAINT tasks_list FOREIGN KEY (user_id, list_id) REFERENCES lists (user_id, id),
    CONSTRAINT tasks_trash CHECK (trashed = (delete_time IS NOT NULL))
) WITHOUT ROWID
--bun:split
CREATE INDEX tasks_created ON tasks (user_id, trashed, id)
--bun:split
CREATE INDEX tasks_listed ON tasks (user_id, list_id, trashed, id)
--bun:split
CREATE INDEX tasks_placed ON tasks (user_id, list_id, trashed, position, id)
--bun:split
CREATE INDEX tasks_due ON tasks (user_id, trashed, due_time, id)
--bun:split
CREATE INDEX tasks_updated ON tasks (user_id, trashed, update_time, id)
--bun:split
-- The labels of tasks again, to find tasks by them.
CREATE TABLE task_labels (
    user_id BLOB NOT NULL,
    label   TEXT NOT NULL,
    task_id BLOB NOT NULL,
    PRIMARY KEY (user_id, label, task_id),
    CONSTRAINT task_labels_task FOREIGN KEY (user_id, task_id) REFERENCES tasks (user_id, id) ON DELETE CASCADE
) WITHOUT ROWID
--bun:split
CREATE INDEX task_labels_task ON task_labels (user_id, task_id)
--bun:split
-- The first answers to creates that came with an Idempotency-Key.
CREATE TABLE idempotency_keys (
    user_id     BLOB     NOT NULL,
    key_hash    BLOB     NOT NULL, -- SHA-256 of what was created and the key
    fingerprint BLOB     NOT NULL, -- of the request
    answer      BLOB     NOT NULL, -- JSON
    create_time DATETIME NOT NULL,
    PRIMARY KEY (user_id, key_hash),
    CONSTRAINT idempotency_keys_owner FOREIGN KEY (user_id) REFERENCES owners (user_id)
) WITHOUT ROWID
--bun:split
CREATE INDEX idempotency_keys_age ON idempotency_keys (create_time)
--bun:split
-- One row: how far the log of deleted accounts has been carried out.
CREATE TABLE erasure_cursor (
    id       INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    PRIMARY KEY (id)
) WITHOUT ROWID
--bun:split
INSERT INTO erasure_cursor (id, sequence) VALUES (1, 0)
