//! One record to the log, and its verdict.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::FutureRecord;
use tracing::Instrument;

use crate::codec::EventCodec;
use crate::command::StoredAggregate;
use crate::envelope;
use crate::error::ExecuteError;
use crate::partition::{Ack, Own, Partition, Settled};
use crate::shared::Shared;

const QUEUE_FULL_PAUSE: Duration = Duration::from_millis(5);

/// The bytes of a record.
pub(crate) struct Record {
    pub(crate) value: Vec<u8>,
    pub(crate) content_type: &'static str,
    pub(crate) traceparent: Option<String>,
}

/// Why a record has no verdict.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AppendError {
    /// Surely not in the log.
    #[error("{0}")]
    NotWritten(String),
    /// Surely not in the log: larger than Kafka takes.
    #[error("a record of {0} bytes is larger than Kafka takes")]
    TooLarge(usize),
    /// Maybe in the log.
    #[error("{0}")]
    Unknown(String),
}

impl<E> From<AppendError> for ExecuteError<E> {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::NotWritten(why) => Self::Unavailable(why),
            AppendError::TooLarge(bytes) => Self::TooLarge { bytes },
            AppendError::Unknown(why) => Self::OutcomeUnknown(why),
        }
    }
}

/// An event's record as it stands in a partition: written again it is void, for every reader.
#[derive(Debug)]
pub(crate) struct Copy {
    pub(crate) stream: Arc<str>,
    pub(crate) value: Vec<u8>,
}

/// Counts a record as in flight while it lives, also when its caller gives up.
struct InFlight<'a>(&'a metrics::Gauge);

impl<'a> InFlight<'a> {
    fn new(gauge: &'a metrics::Gauge) -> Self {
        gauge.increment(1.0);
        Self(gauge)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

/// Appends the record and waits for its verdict. `doubt` is true while the record may be in the log without our knowing
/// its verdict; it stays true when the caller drops this future then.
pub(crate) async fn append<A: StoredAggregate, C: EventCodec<A::Event>>(
    shared: &Shared<A, C>,
    partition: &Arc<Partition<A, C>>,
    own: Own<A>,
    record: Record,
    doubt: &AtomicBool,
) -> Result<(Settled, i64), AppendError> {
    let span = tracing::info_span!(
        "kafka.produce",
        otel.kind = "producer",
        messaging.system = "kafka",
        messaging.destination.name = shared.options.topic,
        topic = shared.options.topic,
        partition = partition.id,
        offset = tracing::field::Empty,
    );
    let metrics = &shared.around.metrics;
    let _in_flight = InFlight::new(&metrics.in_flight);
    let started = Instant::now();
    let result = async {
        let mut offset = 0;
        for _ in 0..shared.around.mutations.times_written() {
            offset = send(shared, partition.id, &own.stream, &record, doubt).await?;
        }
        tracing::Span::current().record("offset", offset);
        settle(shared, partition, offset, own).await
    };
    let result = result.instrument(span).await;
    match &result {
        Ok(_) => metrics.append_seconds.record(started.elapsed()),
        Err(AppendError::Unknown(why)) => {
            metrics.unknown_outcomes.increment(1);
            // A partition that stopped meanwhile says nothing about Kafka.
            if !partition.at().stopped {
                shared.around.health.down(partition.id, why);
            }
        }
        Err(_) => {}
    }
    doubt.store(matches!(result, Err(AppendError::Unknown(_))), Ordering::Relaxed);
    result
}

/// Hands the record to the producer and waits for its acknowledgement.
async fn send<A: StoredAggregate, C: EventCodec<A::Event>>(
    shared: &Shared<A, C>,
    partition: i32,
    stream: &str,
    record: &Record,
    doubt: &AtomicBool,
) -> Result<i64, AppendError> {
    let (producer, _on_its_way) = shared.producers.next().map_err(|e| AppendError::NotWritten(e.to_string()))?;
    let delivery = loop {
        let message = FutureRecord::to(&shared.options.topic)
            .partition(partition)
            .key(stream)
            .payload(&record.value)
            .headers(headers(record));
        match producer.send_result(message) {
            Ok(delivery) => break delivery,
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), _)) => {
                tokio::time::sleep(QUEUE_FULL_PAUSE).await
            }
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::MessageSizeTooLarge), _)) => {
                return Err(AppendError::TooLarge(record.value.len()));
            }
            // Refused before it was queued: not in the log.
            Err((error, _)) => return Err(AppendError::NotWritten(error.to_string())),
        }
    };
    doubt.store(true, Ordering::Relaxed);
    match delivery.await {
        Ok(Ok(delivery)) => Ok(delivery.offset),
        Ok(Err((KafkaError::MessageProduction(RDKafkaErrorCode::MessageSizeTooLarge), _))) => {
            Err(AppendError::TooLarge(record.value.len()))
        }
        // librdkafka knows whether the record may have been persisted, but its Rust binding does not tell: every other
        // failure counts as unknown, also for a record that was purged from the queue, where it may have waited for a
        // second attempt.
        Ok(Err((error, _))) => Err(AppendError::Unknown(error.to_string())),
        Err(_) => Err(AppendError::Unknown("the producer was closed".to_owned())),
    }
}

fn headers(record: &Record) -> OwnedHeaders {
    let headers =
        OwnedHeaders::new_with_capacity(2).insert(Header { key: "content-type", value: Some(record.content_type) });
    match &record.traceparent {
        Some(traceparent) => headers.insert(Header { key: "traceparent", value: Some(traceparent.as_str()) }),
        None => headers,
    }
}

/// Appends a record without effect; its offset.
pub(crate) async fn append_copy<A: StoredAggregate, C: EventCodec<A::Event>>(
    shared: &Shared<A, C>,
    partition: &Arc<Partition<A, C>>,
    copy: &Copy,
) -> Result<i64, String> {
    shared.around.metrics.barrier_records.increment(1);
    let floor = partition.at().next;
    let record =
        Record { value: copy.value.clone(), content_type: envelope::content_type(&copy.value), traceparent: None };
    let doubt = AtomicBool::new(false);
    let offset = send(shared, partition.id, &copy.stream, &record, &doubt).await.map_err(|e| e.to_string())?;
    if offset < 0 {
        return Err("the broker no longer knew where a barrier's record stands".to_owned());
    }
    partition.on_copy_ack(offset, floor, copy);
    Ok(offset)
}

/// The verdict of an acknowledged record.
async fn settle<A: StoredAggregate, C: EventCodec<A::Event>>(
    shared: &Shared<A, C>,
    partition: &Arc<Partition<A, C>>,
    offset: i64,
    own: Own<A>,
) -> Result<(Settled, i64), AppendError> {
    if offset < 0 {
        return settle_without_offset(shared, partition, &own).await;
    }
    let settled = match partition.on_ack(offset, own) {
        Ack::Known(settled) => settled,
        Ack::Later(verdict) => {
            let stopped =
                || AppendError::Unknown(partition.stop_reason().unwrap_or_else(|| "the store is closed".to_owned()));
            verdict.await.map_err(|_| stopped())?
        }
    };
    Ok((settled, offset))
}

/// A duplicate that the broker recognised but whose offset it no longer knew: everything up to the log's end is read, and
/// the stream itself tells.
async fn settle_without_offset<A: StoredAggregate, C: EventCodec<A::Event>>(
    shared: &Shared<A, C>,
    partition: &Arc<Partition<A, C>>,
    own: &Own<A>,
) -> Result<(Settled, i64), AppendError> {
    shared.catch_up(partition).await.map_err(|e| AppendError::Unknown(e.to_string()))?;
    let unknown = |e: crate::state::StateError| AppendError::Unknown(e.to_string());
    let command = partition.command(&own.stream, &own.command_id).map_err(unknown)?;
    let offset = partition.event(&own.stream, own.first).map_err(unknown)?;
    match (command, offset) {
        (Some(row), Some(offset)) if row.sequence == own.last => Ok((Settled::Accepted, offset)),
        _ => Ok((Settled::Void, -1)),
    }
}
