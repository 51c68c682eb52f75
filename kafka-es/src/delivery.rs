//! What becomes of a record that was handed to librdkafka.
//!
//! Its acknowledgement is taken in on the producer's own thread, in the order in which the producer hears of it: handed to
//! the commands' tasks first, acknowledgements would overtake each other and wait for one another.

use rdkafka::ClientContext;
use rdkafka::Message;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;
use rdkafka::producer::{DeliveryResult, ProducerContext};

use crate::client::QuietContext;

/// Called once with the record's offset, or with why there is none; must not block.
pub(crate) type OnDelivery = Box<dyn FnOnce(Result<i64, KafkaError>) + Send + Sync>;

/// The context of a store's producers.
pub(crate) struct Deliveries;

impl ClientContext for Deliveries {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        QuietContext.log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        QuietContext.error(error, reason);
    }
}

impl ProducerContext for Deliveries {
    // Twice in a box: what librdkafka carries along is one thin pointer.
    type DeliveryOpaque = Box<OnDelivery>;

    fn delivery(&self, result: &DeliveryResult<'_>, on_delivery: Box<OnDelivery>) {
        on_delivery(match result {
            Ok(message) => Ok(message.offset()),
            Err((error, _)) => Err(error.clone()),
        });
    }
}
