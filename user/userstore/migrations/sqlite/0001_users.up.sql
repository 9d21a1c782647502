-- Names are shown as registered, and compared by name_key, the normalised form.
-- Create times are those of the ids.
CREATE TABLE users (
  id            BLOB     NOT NULL PRIMARY KEY,
  name          TEXT     NOT NULL,
  name_key      TEXT     NOT NULL,
  nick_name     TEXT     NOT NULL,
  password_hash TEXT     NOT NULL,
  update_time   DATETIME NOT NULL,
  version       INTEGER  NOT NULL,
  mutation      BLOB     NOT NULL, -- the one that made this version
  earlier       BLOB     NOT NULL  -- those before it, the last first
) WITHOUT ROWID;
--bun:split
CREATE UNIQUE INDEX users_name_key ON users (name_key);
--bun:split
-- Secrets are kept as SHA-256 only; see the comment on refresh tokens in package user.
CREATE TABLE sessions (
  id            BLOB     NOT NULL PRIMARY KEY,
  user_id       BLOB     NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  user_agent    TEXT     NOT NULL,
  address       TEXT     NOT NULL,
  use_time      DATETIME NOT NULL,
  expire_time   DATETIME NOT NULL,
  generation    INTEGER  NOT NULL,
  family_hash   BLOB     NOT NULL,
  secret_hash   BLOB     NOT NULL,
  previous_hash BLOB     NOT NULL,
  salt          BLOB     NOT NULL
) WITHOUT ROWID;
--bun:split
CREATE INDEX sessions_user ON sessions (user_id, use_time);
--bun:split
CREATE INDEX sessions_expire ON sessions (expire_time);
