//! What every Kafka client of the crate shares: quiet logs, which errors pass, and blocking calls kept off the runtime's threads.

use std::ops::Deref;
use std::time::{Duration, Instant};

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

/// librdkafka repeats itself while a broker is away; the store logs such a failure once, so its lines are for debugging.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct QuietContext;

impl ClientContext for QuietContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        tracing::debug!(target: "librdkafka", ?level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(target: "librdkafka", %error, reason);
    }
}

impl ConsumerContext for QuietContext {}

/// Errors that librdkafka overcomes by itself.
pub(crate) fn is_transient(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode as E;
    matches!(
        code,
        E::BrokerTransportFailure
            | E::AllBrokersDown
            | E::Resolve
            | E::OperationTimedOut
            | E::RequestTimedOut
            | E::LeaderNotAvailable
            | E::NotLeaderForPartition
            | E::NetworkException
            | E::BrokerNotAvailable
            | E::ReplicaNotAvailable
            | E::OffsetNotAvailable
            | E::FencedLeaderEpoch
            | E::UnknownLeaderEpoch
            | E::KafkaStorageError
            | E::WaitCache
            | E::Retry
    )
}

/// A client that is put away on a thread of its own: librdkafka waits for its threads then, as long as it takes.
pub(crate) struct PutAway<T: Send + 'static>(Option<T>);

impl<T: Send + 'static> PutAway<T> {
    pub(crate) fn new(client: T) -> Self {
        Self(Some(client))
    }
}

impl<T: Send + 'static> Deref for PutAway<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.as_ref().expect("taken only when dropped")
    }
}

impl<T: Send + 'static> Drop for PutAway<T> {
    fn drop(&mut self) {
        let client = self.0.take();
        std::thread::spawn(move || drop(client));
    }
}

/// A partition whose leader is changing is asked again for so long, before the answer counts as a failure.
const LEADER_CHANGE: Duration = Duration::from_millis(1500);
const LEADER_CHANGE_PAUSE: Duration = Duration::from_millis(40);

/// First offset and offset after the last, of one partition. Blocks for up to `timeout`.
pub(crate) fn watermarks(
    consumer: &impl Consumer<QuietContext>,
    topic: &str,
    partition: i32,
    timeout: Duration,
) -> Result<(i64, i64), String> {
    let started = Instant::now();
    loop {
        match consumer.fetch_watermarks(topic, partition, timeout) {
            Ok(ends) => return Ok(ends),
            Err(KafkaError::MetadataFetch(code)) if is_leader_change(code) && started.elapsed() < LEADER_CHANGE => {
                std::thread::sleep(LEADER_CHANGE_PAUSE);
            }
            Err(error) => return Err(format!("end of {topic}/{partition}: {error}")),
        }
    }
}

/// Answers of a broker that is not, or not yet, the leader of a partition, or has not heard of it.
fn is_leader_change(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode as E;
    matches!(
        code,
        E::NotLeaderForPartition
            | E::LeaderNotAvailable
            | E::ReplicaNotAvailable
            | E::OffsetNotAvailable
            | E::FencedLeaderEpoch
            | E::UnknownLeaderEpoch
            | E::UnknownTopicOrPartition
            | E::UnknownPartition
    )
}

/// A topic as Kafka describes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Number of partitions.
    pub(crate) partitions: i32,
    /// True when some partition has more than one copy, so that its leader can change.
    pub(crate) replicated: bool,
}

/// How a topic is laid out, `None` when there is no such topic. Blocks for up to `timeout`.
pub(crate) fn shape<X: ConsumerContext>(
    consumer: &impl Consumer<X>,
    topic: &str,
    timeout: Duration,
) -> Result<Option<Shape>, KafkaError> {
    let metadata = consumer.fetch_metadata(Some(topic), timeout)?;
    let found = metadata.topics().iter().find(|found| found.name() == topic && found.error().is_none());
    let shape = found.filter(|topic| !topic.partitions().is_empty()).and_then(|topic| {
        let replicated = topic.partitions().iter().any(|partition| partition.replicas().len() > 1);
        Some(Shape { partitions: i32::try_from(topic.partitions().len()).ok()?, replicated })
    });
    Ok(shape)
}

/// Runs a blocking call on the threads made for that.
pub(crate) async fn blocking<T: Send + 'static>(call: impl FnOnce() -> T + Send + 'static) -> Result<T, String> {
    tokio::task::spawn_blocking(call).await.map_err(|e| format!("a blocking call ended early: {e}"))
}
