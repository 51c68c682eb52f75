-- Records that an operator has dropped: a projection passes over them in each of its generations, now and in every rebuild. They
-- stay events of the log; other projections may have applied them.
CREATE TABLE tasklog.dropped_records (
    projection    text        NOT NULL,
    topic         text        NOT NULL,
    partition     int         NOT NULL,
    record_offset bigint      NOT NULL,
    stream        text,                 -- null: the record says no stream we can trust
    sequence      bigint,
    error         text        NOT NULL, -- why it was parked
    dropped_at    timestamptz NOT NULL,
    PRIMARY KEY (projection, topic, partition, record_offset)
);
