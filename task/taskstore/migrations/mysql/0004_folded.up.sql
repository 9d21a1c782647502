-- What a search looks at: title and content as package casefold returns them,
-- compared byte by byte. NULL until the step 0006 has computed it.
ALTER TABLE tasks ADD COLUMN folded MEDIUMBLOB NULL
