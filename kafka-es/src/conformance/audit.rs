//! The audit: does the log hold exactly what the writers were told?

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::reader::LogRecord;
use crate::rule::{Verdict, judge};
use crate::token::Position;

/// What a writer was told of its command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum Told {
    /// It is in the stream, its last event with this sequence.
    Acknowledged {
        /// Sequence of the last event.
        sequence: u64,
        /// Where the record stands.
        position: Position,
    },
    /// It is not in the stream and never will be.
    Refused {
        /// Why.
        reason: String,
    },
    /// Nobody knows.
    Unknown {
        /// Why.
        reason: String,
    },
}

/// One command given by a writer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Its stream.
    pub stream: String,
    /// Its id.
    pub command_id: String,
    /// What the writer was told.
    #[serde(flatten)]
    pub told: Told,
}

/// What the log and the attempts hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// Streams with at least one event.
    pub streams: usize,
    /// Events.
    pub events: usize,
    /// Records that lost.
    pub void: usize,
    /// Commands acknowledged.
    pub acknowledged: usize,
    /// Commands refused.
    pub refused: usize,
    /// Commands of unknown outcome.
    pub unknown: usize,
}

#[derive(Default)]
struct Stream {
    head: u64,
    /// Command id to sequence of its last event and the record's place.
    commands: HashMap<String, (u64, Position)>,
}

/// Applies the rule to the records, which ascend in each partition, and compares the streams with the attempts.
///
/// # Errors
/// Every contradiction found, one line each.
pub fn audit(records: &[LogRecord], attempts: &[Attempt]) -> Result<Audit, Vec<String>> {
    let mut faults = Vec::new();
    let mut report = Audit::default();
    let streams = fold(records, &mut report, &mut faults);
    report.streams = streams.len();
    let mut seen = HashSet::new();
    for attempt in attempts {
        let Attempt { stream, command_id, told } = attempt;
        if !seen.insert((stream, command_id)) {
            faults
                .push(format!("{stream}: command {command_id} was attempted twice, the audit cannot tell them apart"));
        }
        let found = streams.get(stream).and_then(|stream| stream.commands.get(command_id));
        match (told, found) {
            (Told::Acknowledged { sequence, position }, Some(at)) => {
                report.acknowledged += 1;
                if *at != (*sequence, position.clone()) {
                    faults.push(format!(
                        "{stream}: command {command_id} was acknowledged as {sequence} at {position} but is {} at {}",
                        at.0, at.1
                    ));
                }
            }
            (Told::Acknowledged { sequence, position }, None) => {
                faults.push(format!("{stream}: command {command_id} was acknowledged as {sequence} at {position} but is not in the stream"));
            }
            (Told::Refused { .. }, None) => report.refused += 1,
            (Told::Refused { reason }, Some((sequence, at))) => {
                faults.push(format!(
                    "{stream}: command {command_id} was refused ({reason}) but is event {sequence} at {at}"
                ));
            }
            (Told::Unknown { .. }, _) => report.unknown += 1,
        }
    }
    if faults.is_empty() { Ok(report) } else { Err(faults) }
}

fn fold(records: &[LogRecord], report: &mut Audit, faults: &mut Vec<String>) -> BTreeMap<String, Stream> {
    let mut streams: BTreeMap<String, Stream> = BTreeMap::new();
    for record in records {
        let Ok(events) = &record.content else { continue };
        let (Some(first), Some(last)) = (events.first(), events.last()) else { continue };
        let stream = streams.entry(first.partitionkey.clone()).or_default();
        match judge(stream.head, first.sequence) {
            Verdict::Accepted => {
                report.events += events.len();
                stream.head = last.sequence;
                let place = (last.sequence, record.position.clone());
                if stream.commands.insert(last.commandid.clone(), place).is_some() {
                    faults.push(format!("{}: command {} is in the stream twice", first.partitionkey, last.commandid));
                }
            }
            Verdict::Void => report.void += 1,
            Verdict::Gap { expected } => {
                faults.push(format!(
                    "{}: {} at {} where {expected} was expected",
                    first.partitionkey, first.sequence, record.position
                ));
            }
        }
    }
    streams
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::envelope::Envelope;
    use crate::envelope::tests::sample;

    fn record(offset: i64, sequence: u64, command: &str) -> LogRecord {
        let envelope = Envelope { commandid: command.to_owned(), ..sample("s", sequence) };
        let position = Position { topic: "t".to_owned(), partition: 0, offset };
        LogRecord {
            position,
            key: Some(b"s".to_vec()),
            timestamp_ms: None,
            traceparent: None,
            content: Ok(vec![envelope]),
            raw: vec![],
        }
    }

    fn told(command: &str, told: Told) -> Attempt {
        Attempt { stream: "s".to_owned(), command_id: command.to_owned(), told }
    }

    fn acknowledged(command: &str, sequence: u64, offset: i64) -> Attempt {
        told(
            command,
            Told::Acknowledged { sequence, position: Position { topic: "t".to_owned(), partition: 0, offset } },
        )
    }

    #[test]
    fn given_a_log_that_agrees_when_audited_then_it_passes() {
        let log = [record(0, 1, "a"), record(1, 1, "b"), record(2, 2, "c")];
        let refused = told("b", Told::Refused { reason: String::new() });
        let report = audit(&log, &[acknowledged("a", 1, 0), refused, acknowledged("c", 2, 2)]).unwrap();
        assert_eq!((report.events, report.void, report.acknowledged, report.refused), (2, 1, 2, 1));
    }

    #[test]
    fn given_each_contradiction_when_audited_then_it_is_found() {
        let log = [record(0, 1, "a"), record(1, 1, "b")];
        assert!(audit(&log, &[acknowledged("b", 1, 1)]).is_err(), "a void record that was acknowledged");
        assert!(audit(&log, &[acknowledged("a", 1, 7)]).is_err(), "another position");
        assert!(audit(&log, &[told("a", Told::Refused { reason: String::new() })]).is_err(), "refused and yet there");
        assert!(audit(&[record(0, 2, "a")], &[]).is_err(), "a gap");
        assert!(audit(&[record(0, 1, "a"), record(1, 2, "a")], &[]).is_err(), "a command twice");
    }
}
