-- The last offset that was in the log when the projection began, or began again. Until it is there, its rows are fewer than any
-- answer should show.
ALTER TABLE tasklog.positions ADD COLUMN goal bigint NOT NULL DEFAULT -1;
