-- What every service must know to judge a token. kind: 1 a public key, 2 a
-- revoked session, 3 a deleted account, which stays beyond expire_time. The
-- last number is in trust_head.
CREATE TABLE trust_log (
  seq         INTEGER  NOT NULL PRIMARY KEY,
  kind        INTEGER  NOT NULL,
  expire_time DATETIME NOT NULL,
  subject     BLOB     NULL,
  kid         TEXT     NULL,
  public_key  BLOB     NULL
);
--bun:split
CREATE INDEX trust_log_kind ON trust_log (kind, seq);
--bun:split
CREATE INDEX trust_log_expire ON trust_log (expire_time);
--bun:split
CREATE TABLE trust_head (
  id      INTEGER NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL
);
--bun:split
INSERT INTO trust_head (id, version) VALUES (1, 0);
