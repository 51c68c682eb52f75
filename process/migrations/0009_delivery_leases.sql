-- Until when somebody is at work on a delivery, by the clock of the database, as with series and reminders.
ALTER TABLE deliveries ADD COLUMN taken_until timestamptz;

-- `due_at` is by that clock as well, and so is this: since when it waits for that. What waits since a time that is still to come was written
-- before the clock went back.
ALTER TABLE deliveries ADD COLUMN waits_since timestamptz NOT NULL DEFAULT now();
CREATE INDEX deliveries_waits_since ON deliveries (waits_since) WHERE due_at IS NOT NULL;
