use serde_json::json;

use super::*;

/// Counts events. Those that say so cannot be read.
#[derive(Debug, Default)]
struct Count(u64);

impl State for Count {
    type Event = String;

    fn sequence(&self) -> u64 {
        self.0
    }

    fn decode(envelope: &Envelope) -> Result<String, String> {
        match envelope.event_type.as_str() {
            "unreadable" => Err("it says so".to_owned()),
            event_type => Ok(event_type.to_owned()),
        }
    }

    fn apply(&mut self, _event: &String, _envelope: &Envelope) {
        self.0 += 1;
    }

    fn pass(&mut self, sequence: u64) {
        self.0 = sequence;
    }
}

/// The same of another type, which reads everything.
#[derive(Debug, Default)]
struct Other(u64);

impl State for Other {
    type Event = u64;

    fn sequence(&self) -> u64 {
        self.0
    }

    fn decode(envelope: &Envelope) -> Result<u64, String> {
        Ok(envelope.sequence)
    }

    fn apply(&mut self, event: &u64, _envelope: &Envelope) {
        self.0 = *event;
    }

    fn pass(&mut self, sequence: u64) {
        self.0 = sequence;
    }
}

fn stream(n: usize) -> String {
    format!("default/01980000-0000-7000-8000-{n:012}")
}

fn record(n: usize, sequence: u64, event_type: &str) -> LogRecord {
    let envelope = json!({
        "specversion": "1.0", "id": format!("{}@{sequence}", stream(n)), "source": "/tenants/default", "type": event_type,
        "subject": "1", "time": "2026-06-01T12:00:00Z", "datacontenttype": "application/json", "partitionkey": stream(n),
        "sequence": sequence, "tenant": "default", "commandid": "c1", "actor": "ann", "data": {}
    });
    let (key, raw) = (stream(n).into_bytes(), envelope.to_string().into_bytes());
    LogRecord {
        position: Position { topic: "t".to_owned(), partition: 0, offset: n as i64 },
        content: kafka_es::envelope::parse_record(Some(&key), Some(&raw)),
        key: Some(key),
        timestamp_ms: None,
        traceparent: None,
        raw,
    }
}

/// So many streams that begin, and then these records.
fn begun(streams: usize, then: Vec<LogRecord>) -> Vec<LogRecord> {
    (0..streams).map(|n| record(n, 1, "begun")).chain(then).collect()
}

/// What is looked for, and what folding gives, where streams may be taken for new and nothing is stored.
fn assumed(records: &[LogRecord]) -> (Vec<String>, Result<(), FoldError>) {
    let records: Vec<&LogRecord> = records.iter().collect();
    let mut batch = Batch::new(&records, 0, HashSet::new());
    batch.assume_new();
    (batch.streams(), batch.fold(&mut Streams::<Count>::new()))
}

#[test]
fn given_many_streams_that_begin_when_assumed_then_only_the_others_are_looked_for() {
    let going_on = || vec![record(9_000, 1, "begun"), record(9_000, 2, "more"), record(9_001, 1, "begun")];
    assert_eq!(assumed(&begun(MANY_NEW - 2, going_on())), (vec![], Ok(())));
    let (looked_for, folded) = assumed(&begun(MANY_NEW - 3, going_on()));
    assert_eq!((looked_for.len(), folded), (MANY_NEW - 1, Ok(())), "too few of them");
    let (looked_for, folded) = assumed(&begun(MANY_NEW, vec![record(9_000, 2, "more")]));
    assert_eq!(looked_for, [stream(9_000)]);
    assert!(matches!(folded, Err(FoldError::Gap(_))), "it was looked for, and is not there: {folded:?}");
}

#[test]
fn given_streams_taken_for_new_when_a_record_of_one_cannot_be_judged_without_a_look_then_that_is_said() {
    for cannot in [record(3, 3, "more"), record(3, 2, "unreadable")] {
        assert_eq!(assumed(&begun(MANY_NEW, vec![cannot])).1, Err(FoldError::Assumed));
    }
    let unreadable = (0..MANY_NEW).map(|n| record(n, 1, "unreadable")).collect::<Vec<_>>();
    assert_eq!(assumed(&unreadable).1, Err(FoldError::Assumed));
}

/// What becomes of a batch whose stream 3 is stored, and of that stream: with a look, and by who neither looks nor says so.
fn looked_and_careless(records: &[LogRecord]) -> [(Result<(), FoldError>, usize, u64); 2] {
    let records: Vec<&LogRecord> = records.iter().collect();
    [Streams::from([(stream(3), Stream::stored(Count(2)))]), Streams::new()].map(|mut streams| {
        let mut batch = Batch::new(&records, 0, HashSet::new());
        let folded = batch.fold(&mut streams);
        (folded, batch.letters.len(), streams[&stream(3)].state.0)
    })
}

#[test]
fn given_a_stored_stream_that_begins_again_when_nobody_looks_or_says_so_then_it_stops_or_is_parked_for_nothing() {
    // The other half of the pair: what `FoldError::Assumed` keeps from happening.
    let [looked, careless] = looked_and_careless(&begun(MANY_NEW, vec![record(3, 3, "more")]));
    assert_eq!(looked, (Ok(()), 0, 3), "it goes on");
    assert!(matches!(careless, (Err(FoldError::Gap(_)), ..)), "{careless:?}");
    let [looked, careless] = looked_and_careless(&begun(MANY_NEW, vec![record(3, 2, "unreadable")]));
    assert_eq!((looked, careless), ((Ok(()), 0, 2), (Ok(()), 1, 1)), "it is void, and is parked");
}

#[test]
fn given_readings_that_are_shared_when_folded_by_several_then_each_gets_its_own_events() {
    let records = [record(1, 1, "begun"), record(1, 2, "more"), record(2, 1, "unreadable")];
    let records: Vec<&LogRecord> = records.iter().collect();
    let readings = [Reading::default(), Reading::default(), Reading::default()];
    let readings: Vec<&Reading> = readings.iter().collect();
    for _ in 0..2 {
        let mut batch = Batch::new(&records, 0, HashSet::new()).sharing(&readings);
        let mut streams = Streams::<Count>::new();
        batch.fold(&mut streams).unwrap();
        assert_eq!((streams[&stream(1)].state.0, batch.letters.len()), (2, 1));
    }
    let mut batch = Batch::new(&records, 0, HashSet::new()).sharing(&readings);
    let mut streams = Streams::<Other>::new();
    batch.fold(&mut streams).unwrap();
    assert_eq!((streams[&stream(1)].state.0, streams[&stream(2)].state.0, batch.letters.len()), (2, 1, 0));
}

#[test]
fn given_a_record_of_one_of_our_topics_when_it_is_taken_in_then_it_is_read_before_any_projection_comes_by() {
    let read_ahead = |topic: &str| {
        let log = record(1, 1, "begun");
        let position = Position { topic: topic.to_owned(), ..log.position };
        Record::from(LogRecord { position, ..log }).reading.0.get().is_some()
    };
    assert_eq!([topics::TASKS, topics::REMINDERS, "another"].map(read_ahead), [true, true, false]);
}
