//! One record to the log, and its verdict.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::BaseRecord;
use tokio::sync::oneshot;

use crate::codec::EventCodec;
use crate::command::StoredAggregate;
use crate::delivery::{OnDelivery, Taken};
use crate::envelope;
use crate::error::ExecuteError;
use crate::partition::{Ack, Copy, Own, Partition, Settled};
use crate::producers::{Borrowed, OnItsWay};
use crate::shared::Shared;

const QUEUE_FULL_PAUSE: Duration = Duration::from_millis(5);

/// The bytes of a record.
pub(crate) struct Record<'a> {
    pub(crate) value: &'a [u8],
    pub(crate) content_type: &'static str,
    pub(crate) traceparent: Option<&'a str>,
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

/// A command's record on its way through the producer.
pub(crate) struct Sent<A> {
    stream: Arc<str>,
    on_delivery: Box<OnDelivery<A>>,
    told: oneshot::Receiver<Taken<A>>,
}

impl<A> Sent<A> {
    pub(crate) fn new(own: Own<A>) -> Self {
        let (stream, (tell, told)) = (own.stream.clone(), oneshot::channel());
        Self { stream, on_delivery: Box::new(OnDelivery::Own(own, tell)), told }
    }
}

/// Appends the record and waits for its verdict. `doubt` is true while the record may be in the log without our knowing
/// its verdict; it stays true when the caller drops this future then.
///
/// There are as many of these futures as commands on their way: what is rarely needed is in boxes, or they would not fit the
/// processor's cache.
pub(crate) async fn append<A: StoredAggregate, C: EventCodec<A::Event>>(
    shared: &Shared<A, C>,
    partition: &Arc<Partition<A, C>>,
    sent: Sent<A>,
    record: &Record<'_>,
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
    for _ in 1..shared.around.mutations.times_written() {
        Box::pin(send_copy(shared, partition.id, &sent.stream, record, doubt)).await?;
    }
    let result = send_own(shared, partition, sent, record, doubt).await;
    match &result {
        Ok((_, offset)) => {
            span.record("offset", offset);
            metrics.append_seconds.record(started.elapsed());
        }
        Err(AppendError::Unknown(why)) => {
            metrics.unknown_outcomes.increment(1);
            // A partition that stopped meanwhile says nothing about Kafka.
            if partition.stop_reason().is_none() {
                span.in_scope(|| shared.around.health.down(partition.id, why));
            }
        }
        Err(_) => {}
    }
    doubt.store(matches!(result, Err(AppendError::Unknown(_))), Ordering::Relaxed);
    result
}

/// Appends a command's record; its verdict and its offset.
async fn send_own<A: StoredAggregate, C: EventCodec<A::Event>>(
    shared: &Shared<A, C>,
    partition: &Arc<Partition<A, C>>,
    Sent { stream, on_delivery, told }: Sent<A>,
    record: &Record<'_>,
    doubt: &AtomicBool,
) -> Result<(Settled, i64), AppendError> {
    let _on_its_way = send(shared, (partition.id, &stream), record, on_delivery).await?;
    match outcome(told, doubt).await? {
        Taken::At(offset, Ack::Known(settled)) => Ok((settled, offset)),
        Taken::At(offset, Ack::Later(verdict)) => {
            let stopped =
                || AppendError::Unknown(partition.stop_reason().unwrap_or_else(|| "the store is closed".to_owned()));
            Ok((verdict.await.map_err(|_| stopped())?, offset))
        }
        Taken::Somewhere(own) => Box::pin(settle_without_offset(shared, partition, &own)).await,
        Taken::NotAcknowledged(error) => Err(failed(&error, record)),
    }
}

/// Appends a record that changes nothing; its offset.
async fn send_copy<A: StoredAggregate, C: EventCodec<A::Event>>(
    shared: &Shared<A, C>,
    partition: i32,
    stream: &str,
    record: &Record<'_>,
    doubt: &AtomicBool,
) -> Result<i64, AppendError> {
    let (tell, told) = oneshot::channel();
    let on_delivery = Box::new(OnDelivery::Copy(tell));
    let _on_its_way = send(shared, (partition, stream), record, on_delivery).await?;
    outcome(told, doubt).await?.map_err(|error| failed(&error, record))
}

/// Waits for what becomes of a record that was handed to the producer.
async fn outcome<T>(told: oneshot::Receiver<T>, doubt: &AtomicBool) -> Result<T, AppendError> {
    doubt.store(true, Ordering::Relaxed);
    told.await.map_err(|_| AppendError::Unknown("the producer was closed".to_owned()))
}

/// Hands the record to the producer.
async fn send<'a, A: StoredAggregate, C: EventCodec<A::Event>>(
    shared: &'a Shared<A, C>,
    to: (i32, &str),
    record: &Record<'_>,
    on_delivery: Box<OnDelivery<A>>,
) -> Result<OnItsWay<'a>, AppendError> {
    let (producer, on_its_way) = shared.producers.next().map_err(|e| AppendError::NotWritten(e.to_string()))?;
    let topic = &shared.options.topic;
    if let Some(back) = hand_over(&producer, topic, to, record, on_delivery)? {
        Box::pin(keep_trying(&producer, topic, to, record, back)).await?;
    }
    Ok(on_its_way)
}

async fn keep_trying<A: StoredAggregate, C: EventCodec<A::Event>>(
    producer: &Borrowed<A, C>,
    topic: &str,
    to: (i32, &str),
    record: &Record<'_>,
    mut on_delivery: Box<OnDelivery<A>>,
) -> Result<(), AppendError> {
    loop {
        tokio::time::sleep(QUEUE_FULL_PAUSE).await;
        match hand_over(producer, topic, to, record, on_delivery)? {
            Some(back) => on_delivery = back,
            None => return Ok(()),
        }
    }
}

/// Hands the record to the producer; its queue is full where it gives something back.
fn hand_over<A: StoredAggregate, C: EventCodec<A::Event>>(
    producer: &Borrowed<A, C>,
    topic: &str,
    (partition, stream): (i32, &str),
    record: &Record<'_>,
    on_delivery: Box<OnDelivery<A>>,
) -> Result<Option<Box<OnDelivery<A>>>, AppendError> {
    let message = BaseRecord::with_opaque_to(topic, on_delivery)
        .partition(partition)
        .key(stream)
        .payload(record.value)
        .headers(headers(record));
    match producer.send(message) {
        Ok(()) => Ok(None),
        Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => Ok(Some(back.delivery_opaque)),
        Err((KafkaError::MessageProduction(RDKafkaErrorCode::MessageSizeTooLarge), _)) => {
            Err(AppendError::TooLarge(record.value.len()))
        }
        // Refused before it was queued: not in the log.
        Err((error, _)) => Err(AppendError::NotWritten(error.to_string())),
    }
}

/// Why a record was not acknowledged.
fn failed(error: &KafkaError, record: &Record<'_>) -> AppendError {
    match error {
        KafkaError::MessageProduction(RDKafkaErrorCode::MessageSizeTooLarge) => {
            AppendError::TooLarge(record.value.len())
        }
        // librdkafka knows whether the record may have been persisted, but its Rust binding does not tell: every other
        // failure counts as unknown, also for a record that was purged from the queue, where it may have waited for a
        // second attempt.
        error => AppendError::Unknown(error.to_string()),
    }
}

fn headers(record: &Record<'_>) -> OwnedHeaders {
    let headers =
        OwnedHeaders::new_with_capacity(2).insert(Header { key: "content-type", value: Some(record.content_type) });
    match record.traceparent {
        Some(traceparent) => headers.insert(Header { key: "traceparent", value: Some(traceparent) }),
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
    let floor = partition.next();
    let record = Record { value: &copy.value, content_type: envelope::content_type(&copy.value), traceparent: None };
    let doubt = AtomicBool::new(false);
    let offset = send_copy(shared, partition.id, &copy.stream, &record, &doubt).await.map_err(|e| e.to_string())?;
    if offset < 0 {
        return Err("the broker no longer knew where a barrier's record stands".to_owned());
    }
    partition.on_copy_ack(offset, floor, copy);
    Ok(offset)
}

/// A duplicate that the broker recognised but whose offset it no longer knew: everything up to the log's end is read, and
/// the stream itself tells.
async fn settle_without_offset<A: StoredAggregate, C: EventCodec<A::Event>>(
    shared: &Shared<A, C>,
    partition: &Arc<Partition<A, C>>,
    own: &Own<A>,
) -> Result<(Settled, i64), AppendError> {
    shared.catch_up(partition).await.map_err(|e| AppendError::Unknown(e.to_string()))?;
    let command = partition.command(&own.stream, &own.command_id);
    match command.map_err(|e| AppendError::Unknown(e.to_string()))? {
        Some(row) if row.sequence == own.last => Ok((Settled::Accepted, row.offset)),
        _ => Ok((Settled::Void, -1)),
    }
}
