-- State of the process managers. These tables follow from the log, and what they make happen is in the log: emptied and filled again from
-- the first record on, they ask for nothing that is there already.

-- The last record that each manager has handled, by partition; -1 before the first.
CREATE TABLE positions (
    manager   text   NOT NULL,
    topic     text   NOT NULL,
    partition int    NOT NULL,
    position  bigint NOT NULL,
    PRIMARY KEY (manager, topic, partition)
);

-- Tasks that repeat, or did.
CREATE TABLE series (
    tenant            text   NOT NULL,
    task_id           uuid   NOT NULL,
    -- Sequence of the last event that `state` has.
    version           bigint NOT NULL,
    -- The task and its place in the series, as JSON.
    state             jsonb  NOT NULL,
    -- It came to be as completed, by an import: nothing follows it before it is opened.
    came_as_over      boolean NOT NULL DEFAULT false,
    -- The occurrence that it was made to follow.
    follows           uuid,
    -- The next occurrence that was made of it, its version right afterwards, and whether it was taken back since.
    successor         uuid,
    successor_version bigint,
    taken_back        boolean NOT NULL DEFAULT false,
    -- When the next occurrence is to be made by the clock.
    fires_at          timestamptz,
    PRIMARY KEY (tenant, task_id)
);
CREATE INDEX series_follows ON series (tenant, follows) WHERE follows IS NOT NULL;
CREATE INDEX series_fires_at ON series (fires_at) WHERE fires_at IS NOT NULL;

CREATE TABLE reminders (
    tenant      text   NOT NULL,
    reminder_id uuid   NOT NULL,
    task_id     uuid   NOT NULL,
    -- Sequence of the last event that `state` has.
    version     bigint NOT NULL,
    -- The reminder as JSON.
    state       jsonb  NOT NULL,
    -- When it rings.
    fires_at    timestamptz,
    PRIMARY KEY (tenant, reminder_id)
);
CREATE INDEX reminders_of_task ON reminders (tenant, task_id);
CREATE INDEX reminders_fires_at ON reminders (fires_at) WHERE fires_at IS NOT NULL;
