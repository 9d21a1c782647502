-- A label may become three times as long when it is folded.
ALTER TABLE task_labels MODIFY label VARBINARY(600) NOT NULL
