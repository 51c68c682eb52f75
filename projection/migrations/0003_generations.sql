-- A projection's tables come in generations, each in a schema of its own: a new one is filled beside the one that serves. What
-- was there before is filled again from the log.
DROP TABLE tasklog.tasks;
DROP TABLE tasklog.history;
DROP TABLE tasklog.reminders;

CREATE SEQUENCE tasklog.generation_numbers AS int;

CREATE TABLE tasklog.generations (
    projection  text        NOT NULL,
    generation  int         NOT NULL DEFAULT nextval('tasklog.generation_numbers'),
    version     int         NOT NULL, -- of the projection in the build that made it; a build reads and writes its own alone
    role        text        NOT NULL CHECK (role IN ('building', 'serving', 'kept')),
    began_at    timestamptz NOT NULL,
    served_at   timestamptz,          -- when it began to serve
    ended_at    timestamptz,          -- when another took its place
    compared    bigint,               -- rows compared with the generation it was to replace; null: none
    differences bigint,               -- of these, rows that were not the same, byte for byte
    PRIMARY KEY (projection, generation)
);
-- Of each version one serves and one may be building.
CREATE UNIQUE INDEX generations_by_role ON tasklog.generations (projection, version, role) WHERE role <> 'kept';

DELETE FROM tasklog.positions;
ALTER TABLE tasklog.positions
    ADD COLUMN generation int NOT NULL,
    DROP CONSTRAINT positions_pkey,
    ADD PRIMARY KEY (projection, generation, topic, partition),
    ADD FOREIGN KEY (projection, generation) REFERENCES tasklog.generations ON DELETE CASCADE;

DELETE FROM tasklog.dead_letters;
ALTER TABLE tasklog.dead_letters
    ADD COLUMN generation int NOT NULL,
    DROP CONSTRAINT dead_letters_projection_topic_partition_record_offset_key,
    ADD UNIQUE (projection, generation, topic, partition, record_offset),
    ADD FOREIGN KEY (projection, generation) REFERENCES tasklog.generations ON DELETE CASCADE;
DROP INDEX tasklog.dead_letters_by_stream;
CREATE INDEX dead_letters_by_stream ON tasklog.dead_letters (projection, generation, stream, record_offset) WHERE stream IS NOT NULL;
