-- How people want to be reminded, and what became of it. Other than the rest of this schema, settings do not follow from the log.

CREATE TABLE settings (
    tenant   text  PRIMARY KEY,
    -- The channels as JSON, with their secrets.
    settings jsonb NOT NULL
);

-- Channels that do not work as they should.
CREATE TABLE channels (
    tenant        text NOT NULL,
    channel_id    uuid NOT NULL,
    -- Every attempt since then has failed.
    failing_since timestamptz,
    -- Nothing is sent any more until the settings are saved again.
    disabled_at   timestamptz,
    PRIMARY KEY (tenant, channel_id)
);

-- One reminder that rang, over one channel.
CREATE TABLE deliveries (
    -- Follows from the channel and the event; receivers see it.
    id          uuid PRIMARY KEY,
    tenant      text NOT NULL,
    reminder_id uuid NOT NULL,
    -- The event that says that it rang, whole, and the task as it was then: each attempt sends the same.
    event_id    text NOT NULL,
    event       jsonb NOT NULL,
    task        jsonb NOT NULL,
    channel_id  uuid NOT NULL,
    channel     text NOT NULL,
    attempts    int NOT NULL DEFAULT 0,
    -- How it ended: delivered, failed, superseded (the reminder was put off or cancelled before it was told).
    outcome     text,
    detail      text,
    -- When there is something to do about it: an attempt, or to tell how it ended.
    due_at      timestamptz
);
CREATE INDEX deliveries_of_reminder ON deliveries (tenant, reminder_id);
CREATE INDEX deliveries_of_event ON deliveries (event_id);
CREATE INDEX deliveries_due_at ON deliveries (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE attempts (
    delivery_id uuid NOT NULL REFERENCES deliveries,
    number      int NOT NULL,
    at          timestamptz NOT NULL,
    -- delivered, retry, refused, gone.
    outcome     text NOT NULL,
    detail      text,
    PRIMARY KEY (delivery_id, number)
);
