//! The partitions that are not read for now; see `partition/rest.rs`.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::error::KafkaResult;
use rdkafka::{Offset, TopicPartitionList};
use tokio::time::Instant;

use crate::client::QuietContext;
use crate::codec::EventCodec;
use crate::command::StoredAggregate;
use crate::partition::Partition;
use crate::shared::Shared;

/// What is missing may be an acknowledgement that comes right behind.
const PATIENCE: Duration = Duration::from_millis(2);
/// A partition where nothing moves for so long is read again: the next record may be another writer's.
const IDLE: Duration = Duration::from_millis(100);

/// The resting partitions, and since when each stands where it stands.
pub(super) struct Resting<'a> {
    consumer: &'a StreamConsumer<QuietContext>,
    partitions: HashMap<i32, (i64, Instant)>,
    look_at: Instant,
}

impl<'a> Resting<'a> {
    pub(super) fn none(consumer: &'a StreamConsumer<QuietContext>) -> Self {
        Self { consumer, partitions: HashMap::new(), look_at: Instant::now() }
    }

    /// Lets those rest that may.
    pub(super) fn settle<A: StoredAggregate, C: EventCodec<A::Event>>(
        &mut self,
        shared: &Shared<A, C>,
    ) -> KafkaResult<()> {
        for partition in shared.partitions.iter().filter(|partition| partition.go_to_rest()) {
            self.consumer.pause(&only(shared, partition))?;
            let now = Instant::now();
            self.partitions.insert(partition.id, (partition.at().next, now));
            self.look_at = self.look_at.max(now).min(now + IDLE);
        }
        Ok(())
    }

    /// Waits until some of them have to be looked at.
    pub(super) async fn disturbed<A: StoredAggregate, C: EventCodec<A::Event>>(&mut self, shared: &Shared<A, C>) {
        if self.partitions.is_empty() {
            std::future::pending::<()>().await;
        }
        tokio::select! {
            () = tokio::time::sleep_until(self.look_at) => {}
            () = shared.around.tail_wanted.notified() => {
                self.look_at = self.look_at.min(Instant::now() + PATIENCE);
                tokio::time::sleep_until(self.look_at).await;
            }
        }
    }

    /// Reads those again where somebody waits in vain, and those where nothing moves.
    pub(super) fn look<A: StoredAggregate, C: EventCodec<A::Event>>(
        &mut self,
        shared: &Shared<A, C>,
    ) -> KafkaResult<()> {
        let now = Instant::now();
        self.look_at = now + IDLE;
        let mut awake = Vec::new();
        for (id, (stands_at, since)) in &mut self.partitions {
            let Some(partition) = shared.partition(*id) else { continue };
            let (next, missing) = partition.awaited();
            if next != *stands_at {
                (*stands_at, *since) = (next, now);
            }
            let patience = if missing { PATIENCE } else { IDLE };
            if now >= *since + patience && shared.around.mutations.wakes_the_tail() {
                awake.push(partition);
            } else {
                self.look_at = self.look_at.min(*since + patience);
            }
        }
        for partition in awake {
            self.partitions.remove(&partition.id);
            let from = Offset::Offset(partition.wake());
            self.consumer.seek(&shared.options.topic, partition.id, from, Duration::ZERO)?;
            self.consumer.resume(&only(shared, partition))?;
        }
        Ok(())
    }
}

fn only<A: StoredAggregate, C: EventCodec<A::Event>>(
    shared: &Shared<A, C>,
    partition: &Arc<Partition<A, C>>,
) -> TopicPartitionList {
    let mut list = TopicPartitionList::new();
    list.add_partition(&shared.options.topic, partition.id);
    list
}
