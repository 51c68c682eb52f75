//! What becomes of a record that was handed to librdkafka.
//!
//! Its acknowledgement is taken in on the producer's own thread, in the order in which the producer hears of it: handed to
//! the commands' tasks first, acknowledgements would overtake each other and wait for one another.

use std::sync::Arc;

use rdkafka::ClientContext;
use rdkafka::Message;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;
use rdkafka::producer::{DeliveryResult, ProducerContext};
use tokio::sync::oneshot;

use crate::client::QuietContext;
use crate::codec::EventCodec;
use crate::command::StoredAggregate;
use crate::partition::{Ack, Own, Partition};

/// What librdkafka carries along with a record.
pub(crate) enum OnDelivery<A> {
    /// Of a command: the partition takes it in before the command hears of it.
    Own(Own<A>, oneshot::Sender<Taken<A>>),
    /// Of a record that changes nothing.
    Copy(oneshot::Sender<Result<i64, KafkaError>>),
}

/// What a command hears of its record.
pub(crate) enum Taken<A> {
    /// It stands at this offset, and the partition has taken it in.
    At(i64, Ack),
    /// The broker had it already, and no longer knew where.
    Somewhere(Box<Own<A>>),
    NotAcknowledged(KafkaError),
}

/// The context of a store's producers, which knows the partitions that take the records in.
pub(crate) struct Deliveries<A, C>(pub(crate) Arc<[Arc<Partition<A, C>>]>);

impl<A: StoredAggregate, C: EventCodec<A::Event>> Deliveries<A, C> {
    fn partition(&self, id: i32) -> &Partition<A, C> {
        let index = usize::try_from(id).ok();
        index.and_then(|index| self.0.get(index)).expect("a record comes back from the partition that it was sent to")
    }
}

impl<A: StoredAggregate, C: EventCodec<A::Event>> ClientContext for Deliveries<A, C> {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        QuietContext.log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        QuietContext.error(error, reason);
    }
}

impl<A: StoredAggregate, C: EventCodec<A::Event>> ProducerContext for Deliveries<A, C> {
    type DeliveryOpaque = Box<OnDelivery<A>>;

    fn delivery(&self, result: &DeliveryResult<'_>, on_delivery: Box<OnDelivery<A>>) {
        let delivered = match result {
            Ok(message) => Ok((message.partition(), message.offset())),
            Err((error, _)) => Err(error.clone()),
        };
        // Who no longer listens has given up waiting; the record is taken in all the same.
        match *on_delivery {
            OnDelivery::Own(own, tell) => drop(tell.send(match delivered {
                Ok((_, offset)) if offset < 0 => Taken::Somewhere(Box::new(own)),
                Ok((partition, offset)) => Taken::At(offset, self.partition(partition).on_ack(offset, own)),
                Err(error) => Taken::NotAcknowledged(error),
            })),
            OnDelivery::Copy(tell) => drop(tell.send(delivered.map(|(_, offset)| offset))),
        }
    }
}
