-- Names are shown as registered, and compared by name_key, the normalised form.
-- Create times are those of the ids.
CREATE TABLE IF NOT EXISTS users (
  id            BINARY(16)   NOT NULL,
  name          VARCHAR(32)  NOT NULL,
  name_key      VARCHAR(128) NOT NULL,
  nick_name     VARCHAR(64)  NOT NULL,
  password_hash VARCHAR(255) NOT NULL,
  update_time   DATETIME(6)  NOT NULL,
  version       BIGINT       NOT NULL,
  mutation      BINARY(16)   NOT NULL, -- the one that made this version
  earlier       VARBINARY(112) NOT NULL, -- those before it, the last first
  PRIMARY KEY (id),
  UNIQUE KEY users_name_key (name_key)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
--bun:split
-- Secrets are kept as SHA-256 only; see the comment on refresh tokens in package user.
CREATE TABLE IF NOT EXISTS sessions (
  id            BINARY(16)   NOT NULL,
  user_id       BINARY(16)   NOT NULL,
  user_agent    VARCHAR(256) NOT NULL,
  address       VARCHAR(64)  NOT NULL,
  use_time      DATETIME(6)  NOT NULL,
  expire_time   DATETIME(6)  NOT NULL,
  generation    INT UNSIGNED NOT NULL,
  family_hash   BINARY(32)   NOT NULL,
  secret_hash   BINARY(32)   NOT NULL,
  previous_hash BINARY(32)   NOT NULL,
  salt          BINARY(32)   NOT NULL,
  PRIMARY KEY (id),
  KEY sessions_user (user_id, use_time),
  KEY sessions_expire (expire_time),
  CONSTRAINT sessions_user FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
