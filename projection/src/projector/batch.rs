//! A batch of records of one topic, and the rule applied to it. Pure: no database.
//!
//! A record is taken whole or not at all: it is what one command did.

#[cfg(test)]
mod tests;

use std::any::Any;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use domain::reminder::Reminder;
use domain::task::Task;
use domain::topics;
use kafka_es::rule::{Verdict, judge};
use kafka_es::{Envelope, EnvelopeError, LogRecord, Mutations, Position};

/// What a projection folds a stream into.
pub trait State: Default + Send {
    /// The events of its streams.
    type Event: Send + Sync + 'static;

    /// The sequence of the last event applied; 0 before the first.
    fn sequence(&self) -> u64;

    /// Reads an event. States that have the same events read them alike.
    ///
    /// # Errors
    /// Why it cannot be read: the record is parked and its stream with it.
    fn decode(envelope: &Envelope) -> Result<Self::Event, String>;

    /// Folds the next event into the state. Never fails: the event has happened.
    fn apply(&mut self, event: &Self::Event, envelope: &Envelope);

    /// Passes over events that an operator has dropped: `sequence` is the last of them now, and nothing else changes. There was an
    /// event before them.
    fn pass(&mut self, sequence: u64);
}

/// The streams of a batch, by stream id.
pub type Streams<S> = HashMap<String, Stream<S>>;

/// A stream's state, as read before the batch and folded through it.
#[derive(Debug, Default)]
pub struct Stream<S> {
    /// The state.
    pub state: S,
    /// Whether the batch changed it.
    pub changed: bool,
    /// Whether it was there before the batch.
    pub stored: bool,
}

impl<S> Stream<S> {
    /// The state as it was stored.
    pub fn stored(state: S) -> Self {
        Self { state, changed: false, stored: true }
    }
}

/// The events of a record, or why one of them cannot be read.
type Read<S> = Arc<Result<Vec<<S as State>::Event>, String>>;

fn read<S: State>(envelopes: &[Envelope]) -> Read<S> {
    Arc::new(envelopes.iter().map(S::decode).collect())
}

/// What is read in a record, for all projections: by the first to come by where it is not read ahead. The others need not read it again.
#[derive(Debug, Default)]
pub struct Reading(OnceLock<Arc<dyn Any + Send + Sync>>);

impl Reading {
    /// Read ahead: projections that come by at once would wait for each other at each record.
    fn ahead<S: State>(envelopes: &[Envelope]) -> Self {
        let events: Arc<dyn Any + Send + Sync> = read::<S>(envelopes);
        Self(events.into())
    }

    fn events<S: State>(&self, envelopes: &[Envelope]) -> Read<S> {
        let first = self.0.get_or_init(|| read::<S>(envelopes)).clone();
        // It may have had other events.
        first.downcast().unwrap_or_else(|_| read::<S>(envelopes))
    }
}

/// A record on its way through the lanes of its topic.
pub(super) struct Record {
    pub(super) log: LogRecord,
    pub(super) reading: Reading,
}

impl From<LogRecord> for Record {
    fn from(log: LogRecord) -> Self {
        let reading = match (log.position.topic.as_str(), &log.content) {
            (topics::TASKS, Ok(envelopes)) => Reading::ahead::<Task>(envelopes),
            (topics::REMINDERS, Ok(envelopes)) => Reading::ahead::<Reminder>(envelopes),
            _ => Reading::default(),
        };
        Self { log, reading }
    }
}

/// The streams of records, each once, by their keys.
pub(super) fn streams_of(records: &[&LogRecord]) -> Vec<String> {
    let keys = records.iter().filter_map(|record| std::str::from_utf8(record.key.as_deref()?).ok());
    let mut streams: Vec<String> = keys.map(str::to_owned).collect();
    streams.sort_unstable();
    streams.dedup();
    streams
}

/// So many streams of a batch that are new, and no fewer, go into a table by `COPY`, which fails where one of them is there.
pub const MANY_NEW: usize = 64;

/// Records on their way into a projection, and what became of those that did not get in.
#[derive(Debug)]
pub struct Batch<'a> {
    /// The records, in order within each partition.
    pub records: &'a [&'a LogRecord],
    /// What is read in each of them, for all projections; empty where no other has an interest in them.
    readings: &'a [&'a Reading],
    /// Partitions in the topic, so that a record in the wrong one is found; 0 when that is not known.
    pub partitions: i32,
    /// Streams that wait for an operator: whatever comes for them is parked.
    pub parked: HashSet<String>,
    /// Streams that are taken for new without a look: none, or [`MANY_NEW`] at least. If one of them is stored nonetheless, the rows fail
    /// to go in, or [`Batch::fold`] finds that it cannot be judged.
    assumed: HashSet<&'a str>,
    /// Records that an operator has dropped: they are passed over.
    pub dropped: HashSet<Position>,
    /// Records that lost.
    pub voids: Vec<Position>,
    /// Records that were parked.
    pub letters: Vec<Letter>,
    /// Events folded.
    pub events: u64,
    /// Records they came in.
    pub applied: u64,
    /// Records passed over.
    pub passed: u64,
    /// Breaks the rule on purpose, to show what it is for.
    pub mutations: Mutations,
}

/// A record that could not be applied, or waits behind one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Its place in the batch.
    pub index: usize,
    /// The stream it holds up; `None` when the record says no stream we can trust.
    pub stream: Option<String>,
    /// The sequence it claims.
    pub sequence: Option<u64>,
    /// Why.
    pub error: String,
}

/// A batch cannot be folded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FoldError {
    /// The log has lost something.
    #[error(transparent)]
    Gap(#[from] Box<Gap>),
    /// What becomes of a record depends on whether its stream is as new as was assumed: look.
    #[error("a stream that was taken for new may be there already")]
    Assumed,
}

/// A stream continues with a sequence that cannot be next: the log has lost something, or a foreign program wrote it. Nothing of the
/// partition is applied from here on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "stream {stream} continues at {position} with sequence {found} where {expected} was expected, so the partition is stopped there: \
     look at it with `tasklog events --stream {stream}`; docs/gaps.md says what to do"
)]
pub struct Gap {
    /// The stream.
    pub stream: String,
    /// The record.
    pub position: Position,
    /// The sequence that would be next.
    pub expected: u64,
    /// The sequence it claims.
    pub found: u64,
}

impl<'a> Batch<'a> {
    /// A batch of which nothing is applied yet.
    pub fn new(records: &'a [&'a LogRecord], partitions: i32, parked: HashSet<String>) -> Self {
        Self {
            records,
            readings: &[],
            partitions,
            parked,
            assumed: HashSet::new(),
            dropped: HashSet::new(),
            voids: Vec::new(),
            letters: Vec::new(),
            events: 0,
            applied: 0,
            passed: 0,
            mutations: Mutations::default(),
        }
    }

    /// The same of records that other projections get too: `readings` has one for each of them.
    #[must_use]
    pub fn sharing(self, readings: &'a [&'a Reading]) -> Self {
        Self { readings, ..self }
    }

    /// Takes streams that begin in this batch for new, if they are many: nearly always they are. One that begins a second time is stored;
    /// its record is void.
    pub fn assume_new(&mut self) {
        let mut begins: HashMap<&'a str, bool> = HashMap::new();
        for (stream, envelopes) in self.records.iter().filter_map(|record| stream_of(record, self.partitions).ok()) {
            if !self.parked.contains(stream) {
                begins.entry(stream).or_insert(envelopes[0].sequence == 1);
            }
        }
        begins.retain(|_, begins| *begins);
        if begins.len() >= MANY_NEW {
            self.assumed = begins.into_keys().collect();
        }
    }

    /// The streams whose state is needed, each once, those that are parked or taken for new left out.
    pub fn streams(&self) -> Vec<String> {
        let keys = self.records.iter().filter_map(|record| stream_of(record, self.partitions).ok());
        let keys = keys.map(|(stream, _)| stream);
        let wanted: HashSet<&str> =
            keys.filter(|stream| !self.assumed.contains(stream) && !self.parked.contains(*stream)).collect();
        let mut wanted: Vec<String> = wanted.into_iter().map(str::to_owned).collect();
        // Rows are locked in this order by everyone.
        wanted.sort_unstable();
        wanted
    }

    /// Folds the records into `streams`, which must hold every stored state of [`Batch::streams`]. Voids and letters are noted.
    ///
    /// # Errors
    /// [`FoldError`]; the batch is then of no further use.
    pub fn fold<S: State>(&mut self, streams: &mut Streams<S>) -> Result<(), FoldError> {
        for (index, record) in self.records.iter().enumerate() {
            if record.content == Err(EnvelopeError::Blank) {
                self.voids.push(record.position.clone());
                continue;
            }
            let (stream, envelopes) = match stream_of(record, self.partitions) {
                Ok(found) => found,
                Err(_) if self.dropped.contains(&record.position) => {
                    self.passed += 1;
                    continue;
                }
                Err(error) => {
                    self.letters.push(Letter { index, stream: None, sequence: None, error });
                    continue;
                }
            };
            let first = envelopes[0].sequence;
            if self.parked.contains(stream) {
                self.park(index, stream, first, "waits behind an earlier record of its stream".to_owned());
                continue;
            }
            let head = streams.get(stream).map_or(0, |stream| stream.state.sequence());
            match self.mutations.read_verdict(judge(head, first)) {
                Verdict::Void => {
                    self.voids.push(record.position.clone());
                    continue;
                }
                Verdict::Gap { .. } if self.assumed.contains(stream) => return Err(FoldError::Assumed),
                Verdict::Gap { expected } => {
                    let (stream, position) = (stream.to_owned(), record.position.clone());
                    return Err(FoldError::Gap(Box::new(Gap { stream, position, expected, found: first })));
                }
                // A stream whose first event is dropped has nothing that the others could change.
                Verdict::Accepted if head > 0 && self.dropped.contains(&record.position) => {
                    let entry = streams.entry(stream.to_owned()).or_default();
                    entry.state.pass(first + envelopes.len() as u64 - 1);
                    entry.changed = true;
                    self.passed += 1;
                    continue;
                }
                Verdict::Accepted => {}
            }
            let reading = self.readings.get(index);
            let read = reading.map_or_else(|| read::<S>(envelopes), |reading| reading.events::<S>(envelopes));
            match &*read {
                Err(_) if self.assumed.contains(stream) => return Err(FoldError::Assumed),
                Err(error) => self.park(index, stream, first, error.clone()),
                Ok(events) => {
                    let entry = streams.entry(stream.to_owned()).or_default();
                    self.events += events.len() as u64;
                    self.applied += 1;
                    for (event, envelope) in events.iter().zip(envelopes) {
                        entry.state.apply(event, envelope);
                    }
                    entry.changed = true;
                }
            }
        }
        Ok(())
    }

    fn park(&mut self, index: usize, stream: &str, sequence: u64, error: String) {
        self.parked.insert(stream.to_owned());
        self.letters.push(Letter { index, stream: Some(stream.to_owned()), sequence: Some(sequence), error });
    }
}

/// The stream and events of a record.
///
/// # Errors
/// Why the record is no event of a stream of ours.
pub fn stream_of(record: &LogRecord, partitions: i32) -> Result<(&str, &[Envelope]), String> {
    let envelopes = record.content.as_deref().map_err(ToString::to_string)?;
    let stream = &envelopes.first().ok_or("the record holds no event")?.partitionkey;
    if domain::tenant::parse_stream_id(stream).is_none() {
        return Err("the record's key is not <tenant>/<uuid>".to_owned());
    }
    if partitions > 0 {
        let home = kafka_es::partition_for(stream.as_bytes(), partitions);
        if home != record.position.partition {
            return Err(format!(
                "the record's key belongs to partition {home}: it was written with another partitioner"
            ));
        }
    }
    Ok((stream, envelopes))
}
