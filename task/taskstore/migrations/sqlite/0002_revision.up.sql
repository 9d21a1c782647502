-- Another value after each change of what an owner has: what was read under
-- the present one is still true.
ALTER TABLE owners ADD COLUMN revision BLOB NOT NULL DEFAULT x'00000000000000000000000000000000'
