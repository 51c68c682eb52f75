//! The tail: one consumer that reads every record of the topic, from where the state on disk ends.
//!
//! No group, and no polling of ours: the consumer's stream wakes on data.

mod chunk;
mod resting;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::future::join_all;
use futures::{FutureExt, StreamExt};
use rdkafka::consumer::{Consumer, MessageStream, StreamConsumer};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::message::BorrowedMessage;
use rdkafka::{Message, Offset, TopicPartitionList};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use self::chunk::Appliers;
use self::resting::Resting;
use crate::client::{PutAway, QuietContext, is_transient};
use crate::codec::EventCodec;
use crate::command::StoredAggregate;
use crate::error::LoadError;
use crate::partition::Partition;
use crate::shared::Shared;

const QUEUE_KBYTES: u32 = 4096;
/// So many records are taken at once, where so many have come.
const CHUNK_RECORDS: usize = 2048;
/// Fewer are not worth a thread.
const CHUNK_MIN_RECORDS: usize = 64;
const RESTART_PAUSE: Duration = Duration::from_millis(500);

/// Reads until cancelled; starts over when the log has to be looked at anew.
pub(crate) async fn run<A: StoredAggregate, C: EventCodec<A::Event>>(
    shared: Arc<Shared<A, C>>,
    cancel: CancellationToken,
) {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(shared.partitions.len());
    let permits = Arc::new(Semaphore::new(threads));
    let work = async {
        let mut told = String::new();
        loop {
            tokio::select! {
                ended = session(&shared, &permits, threads) => {
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
async fn session<A: StoredAggregate, C: EventCodec<A::Event>>(
    shared: &Arc<Shared<A, C>>,
    permits: &Arc<Semaphore>,
    threads: usize,
) -> Result<(), String> {
    let appliers = Appliers::begin(permits, threads).await;
    let topic = shared.options.topic.as_str();
    let begun: Vec<_> =
        shared.partitions.iter().filter_map(|partition| partition.begin_tail().map(|from| (partition, from))).collect();
    shared.begin_catch_up();
    let mut list = TopicPartitionList::new();
    for (id, from) in with_target(shared, &begun).await? {
        list.add_partition_offset(topic, id, Offset::Offset(from)).map_err(|e| e.to_string())?;
    }
    if list.count() == 0 {
        std::future::pending::<()>().await;
    }
    let config = shared.options.kafka.consumer(QUEUE_KBYTES);
    let consumer: StreamConsumer<QuietContext> = config.create_with_context(QuietContext).map_err(|e| e.to_string())?;
    let consumer = PutAway::new(consumer);
    consumer.assign(&list).map_err(|e| e.to_string())?;
    read(shared, consumer.stream(), Resting::none(&consumer), appliers).await
}

/// Applies what comes: a record that comes alone at once, and many at once on several threads.
async fn read<A: StoredAggregate, C: EventCodec<A::Event>>(
    shared: &Arc<Shared<A, C>>,
    mut messages: MessageStream<'_, QuietContext>,
    mut resting: Resting<'_>,
    mut appliers: Appliers,
) -> Result<(), String> {
    let mut ready = Vec::with_capacity(CHUNK_RECORDS);
    let mut ended = Vec::new();
    loop {
        let first = tokio::select! {
            next = messages.next() => next,
            () = resting.disturbed(shared) => {
                resting.look(shared).map_err(|e| e.to_string())?;
                continue;
            }
        };
        let Some(first) = first else { return Ok(()) };
        take(shared, first, &mut ready, &mut ended)?;
        while ready.len() < CHUNK_RECORDS
            && let Some(Some(next)) = messages.next().now_or_never()
        {
            take(shared, next, &mut ready, &mut ended)?;
        }
        shared.records_read.fetch_add(ready.len() as u64, Ordering::Relaxed);
        if ready.len() < CHUNK_MIN_RECORDS {
            appliers.finish().await;
            for message in ready.drain(..) {
                if let Some(partition) = shared.partition(message.partition()) {
                    partition.on_tail(message.offset(), message.key(), message.payload());
                }
            }
        } else {
            ready.drain(..).for_each(|message| appliers.push(&message));
            appliers.apply(shared).await;
        }
        if !ended.is_empty() {
            appliers.finish().await;
            ended.drain(..).filter_map(|id| shared.partition(id)).for_each(|partition| partition.at_end());
        }
        resting.settle(shared).map_err(|e| e.to_string())?;
        shared.show_behind();
        tokio::task::yield_now().await;
    }
}

/// Takes a message, or the number of a partition that is read to its end.
fn take<'a, A: StoredAggregate, C: EventCodec<A::Event>>(
    shared: &Shared<A, C>,
    message: KafkaResult<BorrowedMessage<'a>>,
    ready: &mut Vec<BorrowedMessage<'a>>,
    ended: &mut Vec<i32>,
) -> Result<(), String> {
    match message {
        Ok(message) => ready.push(message),
        Err(KafkaError::PartitionEOF(id)) => ended.push(id),
        Err(KafkaError::MessageConsumption(RDKafkaErrorCode::AllBrokersDown)) => {
            shared.around.health.all_down("all brokers are down");
        }
        Err(KafkaError::MessageConsumption(code)) if is_transient(code) => {}
        Err(error) => return Err(error.to_string()),
    }
    Ok(())
}

/// Compares each partition's log with what was applied: sets the target that commands wait for, or stops the partition.
/// Leaves out those whose leader is away: when it is back, the tail starts over.
async fn with_target<A: StoredAggregate, C: EventCodec<A::Event>>(
    shared: &Shared<A, C>,
    begun: &[(&Arc<Partition<A, C>>, i64)],
) -> Result<Vec<(i32, i64)>, String> {
    let ends = join_all(begun.iter().map(|(partition, _)| shared.end_by_question(partition))).await;
    let mut away = None;
    let mut there = Vec::new();
    for ((partition, from), end) in begun.iter().zip(ends) {
        match end {
            Ok(high) => {
                partition.set_target(high);
                shared.around.health.up(partition.id);
                there.push((partition.id, *from));
            }
            Err(LoadError::Unavailable(why)) => away = Some(why),
            // Stopped, with its reason.
            Err(_) => {}
        }
    }
    shared.show_behind();
    match away {
        Some(why) if there.is_empty() => Err(why),
        _ => Ok(there),
    }
}
