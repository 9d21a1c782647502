-- The personal access token that another one was made with; zero where it was a
-- session.
ALTER TABLE personal_tokens ADD COLUMN parent BINARY(16) NOT NULL DEFAULT 0x00000000000000000000000000000000
