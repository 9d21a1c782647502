-- What every service must know to judge a token. kind: 1 a public key, 2 a
-- revoked session, 3 a deleted account, which stays beyond expire_time. The
-- last number is in trust_head: its row lock, held until a writer commits,
-- makes the numbers become visible in order.
CREATE TABLE IF NOT EXISTS trust_log (
  seq         BIGINT UNSIGNED  NOT NULL,
  kind        TINYINT UNSIGNED NOT NULL,
  expire_time DATETIME(6)      NOT NULL,
  subject     BINARY(16)       NULL,
  kid         VARCHAR(64)      NULL,
  public_key  BINARY(32)       NULL,
  PRIMARY KEY (seq),
  KEY trust_log_kind (kind, seq),
  KEY trust_log_expire (expire_time)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
--bun:split
CREATE TABLE IF NOT EXISTS trust_head (
  id      TINYINT         NOT NULL,
  version BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
--bun:split
INSERT IGNORE INTO trust_head (id, version) VALUES (1, 0);
