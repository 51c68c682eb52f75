//! The tail: one consumer that reads every record of the topic, from where the state on disk ends.
//!
//! No group, and no polling of ours: the consumer's stream wakes on data.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::StreamExt;
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{Message, Offset, TopicPartitionList};
use tokio_util::sync::CancellationToken;

use crate::client::{PutAway, QuietContext};
use crate::codec::EventCodec;
use crate::command::StoredAggregate;
use crate::shared::{SHORT_LOG_LOOKS, SHORT_LOG_PAUSE, Shared};

const QUEUE_KBYTES: u32 = 4096;
/// After so many unwritten records of a partition the tail writes them before it reads on: catching up is bounded in memory.
const UNWRITTEN_MAX: usize = 2000;
/// A long catch-up lets others run every so many records.
const YIELD_EVERY: u32 = 256;
const RESTART_PAUSE: Duration = Duration::from_millis(500);

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

/// Reads until cancelled; starts over when the log has to be looked at anew.
pub(crate) async fn run<A: StoredAggregate, C: EventCodec<A::Event>>(
    shared: Arc<Shared<A, C>>,
    cancel: CancellationToken,
) {
    let work = async {
        let mut told = String::new();
        loop {
            tokio::select! {
                ended = session(&shared) => {
                    let why = ended.err().unwrap_or_default();
                    if why != told {
                        tracing::warn!(topic = shared.options.topic, why, "the tail starts over");
                        told = why;
                    }
                    tokio::time::sleep(RESTART_PAUSE).await;
                }
                () = shared.renewed.notified() => {
                    tracing::debug!(topic = shared.options.topic, "tail starts over with a new client");
                }
            }
        }
    };
    cancel.run_until_cancelled(work).await;
}

/// One assignment, until something happens after which the log has to be compared with the state again.
async fn session<A: StoredAggregate, C: EventCodec<A::Event>>(shared: &Arc<Shared<A, C>>) -> Result<(), String> {
    let topic = shared.options.topic.as_str();
    let mut list = TopicPartitionList::new();
    for partition in &shared.partitions {
        if let Some(from) = partition.begin_tail() {
            list.add_partition_offset(topic, partition.id, Offset::Offset(from)).map_err(|e| e.to_string())?;
        }
    }
    shared.begin_catch_up();
    check_ends(shared).await?;
    if list.count() == 0 {
        std::future::pending::<()>().await;
    }
    let config = shared.options.kafka.consumer(QUEUE_KBYTES);
    let consumer: StreamConsumer<QuietContext> = config.create_with_context(QuietContext).map_err(|e| e.to_string())?;
    let consumer = PutAway::new(consumer);
    consumer.assign(&list).map_err(|e| e.to_string())?;
    let mut messages = consumer.stream();
    let mut since_yield = 0;
    while let Some(message) = messages.next().await {
        match message {
            Ok(message) => {
                let Some(partition) = shared.partition(message.partition()) else { continue };
                shared.records_read.fetch_add(1, Ordering::Relaxed);
                partition.on_tail(message.offset(), message.key(), message.payload());
                if partition.unwritten() > UNWRITTEN_MAX {
                    shared.flush_one(message.partition()).await;
                }
            }
            Err(KafkaError::PartitionEOF(_)) => {}
            Err(KafkaError::MessageConsumption(RDKafkaErrorCode::AllBrokersDown)) => {
                shared.around.health.down("all brokers are down")
            }
            Err(KafkaError::MessageConsumption(code)) if is_transient(code) => {}
            Err(error) => return Err(error.to_string()),
        }
        shared.show_behind();
        since_yield += 1;
        if since_yield >= YIELD_EVERY {
            since_yield = 0;
            tokio::task::yield_now().await;
        }
    }
    Ok(())
}

/// Compares each partition's log with what was applied: sets the target that commands wait for, or stops the partition.
async fn check_ends<A: StoredAggregate, C: EventCodec<A::Event>>(shared: &Arc<Shared<A, C>>) -> Result<(), String> {
    for partition in &shared.partitions {
        let mut looks = 0;
        while !partition.at().stopped {
            let end = shared.checked_end(partition, shared.ask_ends(partition.id)).await.map_err(|e| e.to_string())?;
            looks += 1;
            match end {
                Some(high) => {
                    partition.set_target(high);
                    break;
                }
                None if looks >= SHORT_LOG_LOOKS => partition.stop(shared.mismatch(partition)),
                None => tokio::time::sleep(SHORT_LOG_PAUSE).await,
            }
        }
    }
    shared.around.health.up();
    shared.show_behind();
    Ok(())
}
