//! A plain source of records for projectors, live streams and the command line.
//!
//! No group, no commits: the caller assigns offsets and remembers how far it is. Records come unjudged; the reader's
//! caller applies [`crate::rule`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Headers};
use rdkafka::{Message, Offset, TopicPartitionList};
use tokio::time::Instant;

use crate::client::{PutAway, QuietContext, blocking, is_transient, shape};
use crate::envelope::{Envelope, EnvelopeError, check_home, parse_record};
use crate::error::ReadError;
use crate::settings::KafkaSettings;
use crate::token::Position;

const QUEUE_KBYTES: u32 = 8192;
const ASK_TIMEOUT: Duration = Duration::from_secs(10);

/// One record of the log.
///
/// ```
/// use kafka_es::{EnvelopeError, LogRecord, Position};
///
/// let told = |record: &LogRecord| match &record.content {
///     Ok(events) => format!("{}: {} events of {}", record.position, events.len(), events[0].partitionkey),
///     Err(why) => format!("{}: {why}", record.position),
/// };
/// let tombstone = LogRecord {
///     position: Position { topic: "accounts".to_owned(), partition: 5, offset: 7 },
///     key: Some(b"default/42".to_vec()),
///     timestamp_ms: None,
///     traceparent: None,
///     content: Err(EnvelopeError::Empty),
///     raw: Vec::new(),
/// };
/// assert_eq!(told(&tombstone), "accounts/5@7: the record has no value");
/// ```
#[derive(Clone, Debug)]
pub struct LogRecord {
    /// Where it stands.
    pub position: Position,
    /// The record's key: the stream.
    pub key: Option<Vec<u8>>,
    /// The record's Kafka timestamp, milliseconds since 1970.
    pub timestamp_ms: Option<i64>,
    /// The Kafka header `traceparent`.
    pub traceparent: Option<String>,
    /// The events of the record, or why it is none (a foreign record: parked by projections, ignored by writers).
    pub content: Result<Vec<Envelope>, EnvelopeError>,
    /// The record's value as it is, empty for a tombstone.
    pub raw: Vec<u8>,
}

type TopicConsumer = Arc<PutAway<StreamConsumer<QuietContext>>>;

/// One topic's consumer: librdkafka tells a partition's end without its topic, so topics do not share one.
struct Source {
    topic: String,
    consumer: TopicConsumer,
    /// Partition count, asked before the first batch.
    count: Option<i32>,
    /// True once every broker was gone: such a consumer may never come back (see `Shared::probe`), so the next batch is
    /// read by a new one.
    lost: bool,
}

/// Reads partitions from given offsets; wakes on data.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use std::collections::HashMap;
/// use std::time::Duration;
///
/// use kafka_es::rule::{Verdict, judge};
/// use kafka_es::{KafkaSettings, LogReader, Position};
///
/// let kafka = KafkaSettings::new("localhost:9092");
/// let start = (0..12).map(|partition| Position { topic: "accounts".to_owned(), partition, offset: 0 });
/// let mut reader = LogReader::open(&kafka, start)?;
/// let mut heads = HashMap::new();
/// while !reader.at_end() {
///     for record in reader.next_batch(500, Duration::from_millis(5)).await? {
///         // A foreign record has no effect.
///         let Ok(events) = record.content else { continue };
///         let head = heads.entry(events[0].partitionkey.clone()).or_insert(0);
///         match judge(*head, events[0].sequence) {
///             Verdict::Accepted => *head = events[events.len() - 1].sequence,
///             Verdict::Void => {}
///             // The log is not whole: nothing that follows may be believed.
///             Verdict::Gap { expected } => return Err(format!("{}: {expected} is missing", record.position).into()),
///         }
///     }
/// }
/// println!("{} streams; to go on from: {:?}", heads.len(), reader.next_offsets());
/// # Ok(())
/// # }
/// ```
pub struct LogReader {
    settings: KafkaSettings,
    sources: Vec<Source>,
    /// Behind what was given out.
    next: BTreeMap<(String, i32), i64>,
    /// Received and not given out yet: a call that was cancelled leaves them to the next one.
    received: Vec<LogRecord>,
    /// What a source said that ends the reading, until it is told: it is said once.
    failed: Option<(usize, KafkaError)>,
    at_end: BTreeSet<(String, i32)>,
    end_told: bool,
    /// Which source is asked first: none starves the others.
    turn: usize,
}

impl LogReader {
    /// Starts to read each partition at its offset (the offset of the first record wanted).
    ///
    /// # Errors
    /// [`ReadError::Start`] when the settings are wrong.
    pub fn open(settings: &KafkaSettings, from: impl IntoIterator<Item = Position>) -> Result<Self, ReadError> {
        let next: BTreeMap<(String, i32), i64> =
            from.into_iter().map(|Position { topic, partition, offset }| ((topic, partition), offset)).collect();
        let topics: BTreeSet<&String> = next.keys().map(|(topic, _)| topic).collect();
        let source = |topic: &String| {
            let consumer = consume(settings, topic, &next)?;
            Ok(Source { topic: topic.clone(), consumer, count: None, lost: false })
        };
        let sources = topics.into_iter().map(source).collect::<Result<_, _>>()?;
        let (settings, received, failed) = (settings.clone(), Vec::new(), None);
        Ok(Self { settings, sources, next, received, failed, at_end: BTreeSet::new(), end_told: false, turn: 0 })
    }

    /// The next records: waits for the first one, then takes up to `max` that come within `linger` or, at the end of the log, that are
    /// there already.
    ///
    /// An empty batch means that every assigned partition is at its end ([`at_end`](Self::at_end)); it comes once each
    /// time the end is reached without a record to give. Cancel safe: what a call that is dropped had received, or
    /// was about to tell, comes with the next one.
    ///
    /// # Errors
    /// [`ReadError::Truncated`] and [`ReadError::Fatal`] are final; after [`ReadError::Unavailable`] call again.
    pub async fn next_batch(&mut self, max: usize, linger: Duration) -> Result<Vec<LogRecord>, ReadError> {
        self.tell_failure().await?;
        self.replace_lost()?;
        self.know_counts().await?;
        // What a cancelled call has left has waited long enough.
        let mut until = (!self.received.is_empty()).then(Instant::now);
        while self.received.len() < max.max(1) {
            let (source, message) = match until {
                None => self.receive().await,
                Some(until) => match tokio::time::timeout_at(until, self.receive()).await {
                    Ok(received) => received,
                    Err(_) => break,
                },
            };
            match message {
                Ok(record) => {
                    self.take_in(source, record);
                    until.get_or_insert_with(|| Instant::now() + linger);
                }
                Err(KafkaError::PartitionEOF(partition)) => {
                    self.at_end.insert((self.sources[source].topic.clone(), partition));
                    if self.at_end() && !self.end_told {
                        break;
                    }
                    if self.ends_are_told() && !self.received.is_empty() {
                        // Each fetch ends with such a word, and more may have been fetched since: that is taken, and not waited for.
                        until = Some(Instant::now());
                    }
                }
                Err(error) => {
                    self.sources[source].lost |= is_loss(&error);
                    if self.received.is_empty() || !is_passing(&error) {
                        self.failed = Some((source, error));
                        self.tell_failure().await?;
                    }
                }
            }
        }
        let given = self.give_out(max.max(1));
        self.end_told |= self.at_end();
        Ok(given)
    }

    /// True when every assigned partition reported its end, nothing came since, and everything that came was given out.
    pub fn at_end(&self) -> bool {
        self.received.is_empty() && self.ends_are_told()
    }

    fn ends_are_told(&self) -> bool {
        self.next.keys().all(|partition| self.at_end.contains(partition))
    }

    /// The offset from which what is not given out yet begins, for each assigned (topic, partition).
    pub fn next_offsets(&self) -> &BTreeMap<(String, i32), i64> {
        &self.next
    }

    /// The next message of any source. Cancel safe.
    async fn receive(&mut self) -> (usize, Result<LogRecord, KafkaError>) {
        if let [only] = self.sources.as_slice() {
            return (0, only.consumer.recv().await.map(detach));
        }
        let count = self.sources.len();
        self.turn = (self.turn + 1) % count.max(1);
        let order = (0..count).map(|n| (n + self.turn) % count);
        let waits = order.map(|n| {
            let consumer = &self.sources[n].consumer;
            Box::pin(async move { (n, consumer.recv().await.map(detach)) })
        });
        let waits: Vec<_> = waits.collect();
        if waits.is_empty() {
            return std::future::pending().await;
        }
        futures::future::select_all(waits).await.0
    }

    /// Takes in a record that has come; one that stands in the wrong partition is refused.
    fn take_in(&mut self, source: usize, mut record: LogRecord) {
        let Position { topic, partition, .. } = &record.position;
        self.at_end.remove(&(topic.clone(), *partition));
        self.end_told = false;
        if let (Some(count), Some(key), Ok(_)) = (self.sources[source].count, &record.key, &record.content)
            && let Err(elsewhere) = check_home(key, *partition, count)
        {
            record.content = Err(elsewhere);
        }
        self.received.push(record);
    }

    /// Up to `max` of the records that have come; from here on they have been read.
    fn give_out(&mut self, max: usize) -> Vec<LogRecord> {
        let rest = self.received.split_off(self.received.len().min(max));
        let given = std::mem::replace(&mut self.received, rest);
        for Position { topic, partition, offset } in given.iter().map(|record| &record.position) {
            if let Some(next) = self.next.get_mut(&(topic.clone(), *partition)) {
                *next = offset + 1;
            }
        }
        given
    }

    /// Goes on with a new consumer where the one before lost every broker.
    fn replace_lost(&mut self) -> Result<(), ReadError> {
        for source in self.sources.iter_mut().filter(|source| source.lost) {
            tracing::debug!(topic = source.topic, "reading on with a new consumer");
            source.consumer = consume(&self.settings, &source.topic, &self.next)?;
            source.lost = false;
            // The new one brings them again, and says where they end.
            self.received.retain(|record| record.position.topic != source.topic);
            self.at_end.retain(|(topic, _)| *topic != source.topic);
            self.end_told = false;
        }
        Ok(())
    }

    async fn know_counts(&mut self) -> Result<(), ReadError> {
        for source in self.sources.iter_mut().filter(|source| source.count.is_none()) {
            let (consumer, topic) = (source.consumer.clone(), source.topic.clone());
            let asked = blocking(move || shape(&**consumer, &topic, ASK_TIMEOUT).map_err(|e| e.to_string()));
            match asked.await.and_then(|shape| shape).map_err(ReadError::Unavailable)? {
                Some(shape) => source.count = Some(shape.partitions),
                None => return Err(ReadError::Unavailable(format!("topic {} does not exist", source.topic))),
            }
        }
        Ok(())
    }

    async fn tell_failure(&mut self) -> Result<(), ReadError> {
        let Some((source, error)) = self.failed.clone() else { return Ok(()) };
        let told = self.explain(source, error).await;
        self.failed = None;
        Err(told)
    }

    /// Tells a log that no longer holds the wanted offset from other failures.
    async fn explain(&self, source: usize, error: KafkaError) -> ReadError {
        if is_passing(&error) {
            return ReadError::Unavailable(error.to_string());
        }
        let Source { topic, consumer, .. } = &self.sources[source];
        for ((_, partition), wanted) in self.next.iter().filter(|((name, _), _)| name == topic) {
            let (asker, name, partition) = (consumer.clone(), topic.clone(), *partition);
            let ends = blocking(move || asker.fetch_watermarks(&name, partition, ASK_TIMEOUT)).await;
            if let Ok(Ok((low, high))) = ends
                && !(low..=high).contains(wanted)
            {
                return ReadError::Truncated { topic: topic.clone(), partition, wanted: *wanted, low, high };
            }
        }
        ReadError::Fatal(error.to_string())
    }
}

/// A consumer of the partitions of `topic` in `next`, from the offsets there.
fn consume(
    settings: &KafkaSettings,
    topic: &str,
    next: &BTreeMap<(String, i32), i64>,
) -> Result<TopicConsumer, ReadError> {
    let start = |e: KafkaError| ReadError::Start(e.to_string());
    let mut list = TopicPartitionList::new();
    for ((_, partition), offset) in next.iter().filter(|((name, _), _)| name == topic) {
        list.add_partition_offset(topic, *partition, Offset::Offset(*offset)).map_err(start)?;
    }
    let consumer: StreamConsumer<QuietContext> =
        settings.consumer(QUEUE_KBYTES).create_with_context(QuietContext).map_err(start)?;
    consumer.assign(&list).map_err(start)?;
    Ok(Arc::new(PutAway::new(consumer)))
}

fn detach(message: BorrowedMessage<'_>) -> LogRecord {
    let traceparent = message.headers().and_then(|headers| {
        let header = headers.iter().find(|header| header.key == "traceparent")?;
        std::str::from_utf8(header.value?).ok().map(str::to_owned)
    });
    LogRecord {
        position: Position {
            topic: message.topic().to_owned(),
            partition: message.partition(),
            offset: message.offset(),
        },
        key: message.key().map(<[u8]>::to_vec),
        timestamp_ms: message.timestamp().to_millis(),
        traceparent,
        content: parse_record(message.key(), message.payload()),
        raw: message.payload().unwrap_or_default().to_vec(),
    }
}

fn is_passing(error: &KafkaError) -> bool {
    matches!(error, KafkaError::MessageConsumption(code) if is_transient(*code) || *code == RDKafkaErrorCode::UnknownTopicOrPartition)
}

/// Every broker is gone.
fn is_loss(error: &KafkaError) -> bool {
    matches!(error, KafkaError::MessageConsumption(RDKafkaErrorCode::AllBrokersDown))
}
