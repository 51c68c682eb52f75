-- What rang before reminders could repeat has rung once.
UPDATE reminders SET state = state || '{"rings": 1}'
WHERE NOT state ? 'rings' AND state->>'status' IN ('triggered', 'sent', 'failed');
