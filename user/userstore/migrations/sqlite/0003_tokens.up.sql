-- Access tokens for scripts; no expire_time: they do not expire. The secret is
-- random and long, so its SHA-256 is enough.
CREATE TABLE personal_tokens (
  id          BLOB     NOT NULL PRIMARY KEY,
  user_id     BLOB     NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  name        TEXT     NOT NULL,
  scopes      TEXT     NOT NULL,
  secret_hash BLOB     NOT NULL,
  use_time    DATETIME NULL,
  expire_time DATETIME NULL
) WITHOUT ROWID;
--bun:split
CREATE UNIQUE INDEX personal_tokens_secret ON personal_tokens (secret_hash);
--bun:split
CREATE INDEX personal_tokens_user ON personal_tokens (user_id, id);
--bun:split
CREATE INDEX personal_tokens_expire ON personal_tokens (expire_time);
--bun:split
-- Counters of wrong passwords. id is a hash of what is counted: an account, an
-- address, or both.
CREATE TABLE failures (
  id          BLOB     NOT NULL PRIMARY KEY,
  failures    INTEGER  NOT NULL,
  since_time  DATETIME NOT NULL,
  until_time  DATETIME NOT NULL,
  expire_time DATETIME NOT NULL
) WITHOUT ROWID;
--bun:split
CREATE INDEX failures_expire ON failures (expire_time);
