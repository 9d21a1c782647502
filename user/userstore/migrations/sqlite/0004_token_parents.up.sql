-- The personal access token that another one was made with; zero where it was a
-- session.
ALTER TABLE personal_tokens ADD COLUMN parent BLOB NOT NULL DEFAULT x'00000000000000000000000000000000'
