-- Which task is a part of which, as the process manager of subtasks knows it. Like the other tables of managers these follow from the log.

CREATE TABLE subtasks (
    tenant    text   NOT NULL,
    task_id   uuid   NOT NULL,
    -- Null where it is a part of none any more.
    parent_id uuid,
    -- The task's version when that was looked up.
    version   bigint NOT NULL,
    PRIMARY KEY (tenant, task_id)
);
CREATE INDEX subtasks_of_parent ON subtasks (tenant, parent_id) WHERE parent_id IS NOT NULL;

-- Tasks whose parts come back below another: the next occurrence of a series, and a copy that is below one.
CREATE TABLE followed_parents (
    tenant      text  NOT NULL,
    parent_id   uuid  NOT NULL,
    follower_id uuid  NOT NULL,
    -- The event that made the follower, without its data.
    event       jsonb NOT NULL,
    PRIMARY KEY (tenant, parent_id, follower_id)
);
CREATE INDEX followed_parents_of_follower ON followed_parents (tenant, follower_id);
