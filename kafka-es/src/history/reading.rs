//! One way through a partition's log, for all who want something of it.

use std::time::{Duration, Instant};

use rdkafka::consumer::Consumer;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{Message, Offset, TopicPartitionList};
use tokio::sync::oneshot;

use super::{Answer, Client, Events, FETCH_AHEAD_RECORDS, Queue};
use crate::client::{is_transient, watermarks};
use crate::envelope::parse_record;
use crate::error::LoadError;

/// Whoever waits for a record looks so often whether the store is closed.
const LOOK: Duration = Duration::from_millis(100);

/// The records of a stream that somebody wants.
pub(super) struct Wanted {
    pub(super) stream: String,
    pub(super) partition: i32,
    /// Ascending, each once; not empty.
    pub(super) offsets: Vec<i64>,
    pub(super) answer: oneshot::Sender<Answer>,
}

impl Wanted {
    pub(super) fn fail(self, why: &LoadError) {
        let _ = self.answer.send(Err(why.clone()));
    }
}

/// Answers everyone: as soon as the last of their records is read, or with why that cannot be. An error when the log could not be read to
/// the end; everyone who was not answered before that is told so.
pub(super) fn answer(queue: &Queue, client: &Client, partition: i32, wanted: Vec<Wanted>) -> Result<(), LoadError> {
    let mut places: Vec<(i64, usize)> = Vec::new();
    for (who, wanted) in wanted.iter().enumerate() {
        places.extend(wanted.offsets.iter().map(|offset| (*offset, who)));
    }
    places.sort_unstable();
    let mut asked: Vec<Asked> = wanted.into_iter().map(Asked::from).collect();
    let read = Reader { queue, client, partition, at: None }.read_all(&places, &mut asked);
    if let Err(why) = &read {
        asked.iter_mut().for_each(|asked| asked.end(Err(why.clone())));
    }
    read
}

/// Somebody who waits.
struct Asked {
    stream: String,
    missing: usize,
    events: Events,
    /// `None` once it is sent.
    answer: Option<oneshot::Sender<Answer>>,
}

impl From<Wanted> for Asked {
    fn from(wanted: Wanted) -> Self {
        let Wanted { stream, offsets, answer, .. } = wanted;
        Self { stream, missing: offsets.len(), events: Vec::new(), answer: Some(answer) }
    }
}

impl Asked {
    /// True when nothing more need be read: there is an answer, or nobody waits for it.
    fn is_gone(&self) -> bool {
        self.answer.as_ref().is_none_or(oneshot::Sender::is_closed)
    }

    /// Takes in a record; with the last one it is answered.
    fn take(&mut self, offset: i64, key: &[u8], value: &[u8]) {
        if key != self.stream.as_bytes() {
            return self.end(Err(LoadError::Log(format!("offset {offset} holds a record of another stream"))));
        }
        match parse_record(Some(key), Some(value)) {
            Ok(envelopes) => self.events.extend(envelopes.into_iter().map(|envelope| (offset, envelope))),
            Err(error) => return self.end(Err(LoadError::Log(format!("offset {offset}: {error}")))),
        }
        self.missing -= 1;
        if self.missing == 0 {
            let events = std::mem::take(&mut self.events);
            self.end(Ok(events));
        }
    }

    fn end(&mut self, answer: Answer) {
        if let Some(waits) = self.answer.take() {
            let _ = waits.send(answer);
        }
    }
}

/// Where the log is read.
struct Reader<'a> {
    queue: &'a Queue,
    client: &'a Client,
    partition: i32,
    /// The offset that comes next.
    at: Option<i64>,
}

/// Key and value.
type Record = (Vec<u8>, Vec<u8>);

impl Reader<'_> {
    /// Reads the records at these places, each with the number of somebody who wants it. What only those want who are gone is passed over.
    fn read_all(&mut self, places: &[(i64, usize)], asked: &mut [Asked]) -> Result<(), LoadError> {
        for same in places.chunk_by(|one, other| one.0 == other.0) {
            let offset = same[0].0;
            if !self.queue.mutations.reads_in_turn() && same.iter().all(|(_, who)| asked[*who].is_gone()) {
                continue;
            }
            match self.read(offset)? {
                Some((key, value)) => same.iter().for_each(|(_, who)| asked[*who].take(offset, &key, &value)),
                None => {
                    let why = LoadError::Log(format!("{} no longer holds offset {offset}", self.shown()));
                    if self.queue.mutations.loses_together() {
                        return Err(why);
                    }
                    same.iter().for_each(|(_, who)| asked[*who].end(Err(why.clone())));
                }
            }
        }
        Ok(())
    }

    /// The record at this place; `None` when the log no longer has it.
    fn read(&mut self, offset: i64) -> Result<Option<Record>, LoadError> {
        // What is fetched ahead is there already: reading on is cheaper than seeking.
        let is_near = |at: i64| (at..=at + FETCH_AHEAD_RECORDS).contains(&offset);
        if !self.at.take().is_some_and(is_near) {
            self.assign(offset)?;
        }
        let record = self.poll_at(offset)?;
        if record.is_some() {
            self.at = Some(offset + 1);
        }
        Ok(record)
    }

    fn assign(&self, from: i64) -> Result<(), LoadError> {
        let mut list = TopicPartitionList::new();
        let assigned = list.add_partition_offset(&self.queue.topic, self.partition, Offset::Offset(from));
        assigned.and_then(|()| self.client.assign(&list)).map_err(|e| LoadError::Unavailable(e.to_string()))
    }

    fn poll_at(&self, offset: i64) -> Result<Option<Record>, LoadError> {
        let away = |why: String| LoadError::Unavailable(format!("{}@{offset} {why}", self.shown()));
        let until = Instant::now() + self.queue.patience;
        while Instant::now() < until {
            if self.queue.closed.is_cancelled() {
                return Err(LoadError::closed());
            }
            match self.client.poll(LOOK) {
                None => {}
                // Not what was asked for, whyever it comes.
                Some(Ok(message)) if message.partition() != self.partition || message.offset() < offset => {}
                Some(Ok(message)) if message.offset() == offset => {
                    let owned = |bytes: Option<&[u8]>| bytes.unwrap_or_default().to_vec();
                    return Ok(Some((owned(message.key()), owned(message.payload()))));
                }
                Some(Ok(_)) => return Ok(None),
                Some(Err(KafkaError::MessageConsumption(RDKafkaErrorCode::AutoOffsetReset))) => {
                    if self.is_lost(offset, until)? {
                        return Ok(None);
                    }
                    self.assign(offset)?;
                }
                Some(Err(KafkaError::MessageConsumption(code))) if is_transient(code) => {}
                Some(Err(e)) => return Err(away(format!("cannot be read: {e}"))),
            }
        }
        Err(away(format!("did not come within {} ms", self.queue.patience.as_millis())))
    }

    /// Whether the log has its ends elsewhere. That an offset is out of range may be said of one that was to be fetched before: unlike records,
    /// this word is not dropped with the assignment that it belongs to.
    fn is_lost(&self, offset: i64, until: Instant) -> Result<bool, LoadError> {
        let left = until.saturating_duration_since(Instant::now());
        let ends = watermarks(&**self.client, &self.queue.topic, self.partition, left);
        let (low, high) = ends.map_err(LoadError::Unavailable)?;
        Ok(!(low..high).contains(&offset))
    }

    fn shown(&self) -> String {
        format!("{}/{}", self.queue.topic, self.partition)
    }
}
