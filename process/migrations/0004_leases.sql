-- Until when a clock is at work on a row, by the clock of the database, which all processes share: nobody else takes it up before that. It
-- is no lock: what the log tells of the same row is written meanwhile.
ALTER TABLE series ADD COLUMN taken_until timestamptz;
ALTER TABLE reminders ADD COLUMN taken_until timestamptz;

-- When a clock has begun to make the occurrence that comes next, by its own time. Whoever takes the row up after it makes the same one: which one
-- comes next is a matter of the time at which it is asked.
ALTER TABLE series ADD COLUMN taken_at timestamptz;
