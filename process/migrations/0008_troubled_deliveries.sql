-- Deliveries that are tried again, and those that have failed: operators see them, the newest first.

-- When it was written down. Of one from before, when it was first tried: without an attempt there is no trouble to show.
ALTER TABLE deliveries ADD COLUMN created_at timestamptz NOT NULL DEFAULT now();
UPDATE deliveries SET created_at = attempts.at FROM attempts WHERE attempts.delivery_id = deliveries.id AND attempts.number = 1;

CREATE INDEX deliveries_failing ON deliveries (tenant, created_at, id) WHERE outcome IS NULL AND attempts > 0;
CREATE INDEX deliveries_failed ON deliveries (tenant, created_at, id) WHERE outcome = 'failed';
