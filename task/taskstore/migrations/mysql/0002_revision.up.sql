-- Another value after each change of what an owner has: what was read under
-- the present one is still true.
ALTER TABLE owners ADD COLUMN revision BINARY(16) NOT NULL DEFAULT 0x00000000000000000000000000000000
