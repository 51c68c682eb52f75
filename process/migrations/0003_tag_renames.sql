-- Renames of tags over all tasks: asked for, and worked off. Like settings, and other than the managers' rows, they do not follow from the log.

CREATE TABLE tag_renames (
    id          uuid        PRIMARY KEY,
    tenant      text        NOT NULL,
    from_tag    text        NOT NULL,
    to_tag      text        NOT NULL,
    -- running, done, failed.
    status      text        NOT NULL,
    -- Tasks that were changed so far.
    changed     bigint      NOT NULL DEFAULT 0,
    -- The trace of the request.
    traceparent text,
    created_at  timestamptz NOT NULL,
    finished_at timestamptz,
    -- When there is something to do about it. Whoever takes it up moves this on: that is when the others give it up for lost.
    due_at      timestamptz
);
CREATE INDEX tag_renames_by_time ON tag_renames (tenant, created_at, id);
CREATE INDEX tag_renames_due_at ON tag_renames (due_at) WHERE due_at IS NOT NULL;

-- The tasks that a rename which runs has found so far. Each is dealt with once.
CREATE TABLE tag_rename_tasks (
    rename_id uuid NOT NULL REFERENCES tag_renames,
    task_id   uuid NOT NULL,
    -- changed, unchanged (the tag or the task had gone), blocked (its stream cannot be read or written). Without it, still to be done.
    outcome   text,
    PRIMARY KEY (rename_id, task_id)
);
CREATE INDEX tag_rename_tasks_open ON tag_rename_tasks (rename_id, task_id) WHERE outcome IS NULL;
