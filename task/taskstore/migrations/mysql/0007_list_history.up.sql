-- What a list remembers of its mutations, as a task does: those before the last
-- one, in hexadecimal, the last first.
ALTER TABLE lists ADD COLUMN earlier VARCHAR(224) NOT NULL DEFAULT ''
