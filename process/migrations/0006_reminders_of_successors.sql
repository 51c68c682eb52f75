-- Occurrences that follow another one, by that: its reminders may be read from the log after them.
CREATE TABLE successors (
    tenant  text        NOT NULL,
    follows uuid        NOT NULL,
    task_id uuid        NOT NULL,
    -- When it came to be. Reminders that the one before got later are not for it.
    made_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, follows, task_id)
);
