-- Access tokens for scripts; no expire_time: they do not expire. The secret is
-- random and long, so its SHA-256 is enough.
CREATE TABLE IF NOT EXISTS personal_tokens (
  id          BINARY(16)   NOT NULL,
  user_id     BINARY(16)   NOT NULL,
  name        VARCHAR(64)  NOT NULL,
  scopes      VARCHAR(255) NOT NULL,
  secret_hash BINARY(32)   NOT NULL,
  use_time    DATETIME(6)  NULL,
  expire_time DATETIME(6)  NULL,
  PRIMARY KEY (id),
  UNIQUE KEY personal_tokens_secret (secret_hash),
  KEY personal_tokens_user (user_id, id),
  KEY personal_tokens_expire (expire_time),
  CONSTRAINT personal_tokens_user FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
--bun:split
-- Counters of wrong passwords. id is a hash of what is counted: an account, an
-- address, or both.
CREATE TABLE IF NOT EXISTS failures (
  id          BINARY(32)  NOT NULL,
  failures    INT         NOT NULL,
  since_time  DATETIME(6) NOT NULL,
  until_time  DATETIME(6) NOT NULL,
  expire_time DATETIME(6) NOT NULL,
  PRIMARY KEY (id),
  KEY failures_expire (expire_time)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
