-- A process that dies before one of its steps: Postgres refuses the step, and everything that the process asks for from then on. Counted by
-- sequences, which no rollback takes back.
CREATE SCHEMA faults;
CREATE TABLE faults.armed (point text NOT NULL, spared bigint NOT NULL);
CREATE SEQUENCE faults.passed;
CREATE SEQUENCE faults.deaths;

CREATE FUNCTION faults.pass(step text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT is_called FROM faults.deaths) THEN
        RAISE EXCEPTION 'dead';
    END IF;
    IF EXISTS (SELECT FROM faults.armed WHERE point = step)
       AND nextval('faults.passed') > (SELECT spared FROM faults.armed) THEN
        PERFORM nextval('faults.deaths');
        RAISE EXCEPTION 'killed before %', step;
    END IF;
END $$;

CREATE FUNCTION faults.before_outcome() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM faults.pass('outcome');
    RETURN NEW;
END $$;
CREATE TRIGGER before_outcome BEFORE INSERT ON tasklog_process.attempts
    FOR EACH ROW EXECUTE FUNCTION faults.before_outcome();

CREATE FUNCTION faults.before_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.due_at IS NULL THEN
        PERFORM faults.pass('done');
    ELSIF NEW.attempts = OLD.attempts AND NEW.taken_until > now() AND NEW.taken_until IS DISTINCT FROM OLD.taken_until THEN
        PERFORM faults.pass('taking up');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER before_change BEFORE UPDATE ON tasklog_process.deliveries
    FOR EACH ROW EXECUTE FUNCTION faults.before_change();
