-- Filters that people have saved. Other than the schema `tasklog` beside it, this one does not follow from the log: nothing fills it again.

CREATE TABLE filters (
    tenant     text        NOT NULL,
    name       text        NOT NULL COLLATE "C",
    -- The parameters as they were given.
    query      jsonb       NOT NULL,
    version    bigint      NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, name)
);

-- Writes that came with an `Idempotency-Key`, with the filter that they were answered with.
CREATE TABLE requests (
    tenant      text  NOT NULL,
    key         text  NOT NULL,
    fingerprint text  NOT NULL,
    answer      jsonb NOT NULL,
    PRIMARY KEY (tenant, key)
);
