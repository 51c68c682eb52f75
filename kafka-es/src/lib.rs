//! An event store for [`cqrs_es`] on plain Kafka: the log decides.
//!
//! One command makes one record, keyed by its stream and carrying the stream's next sequence. For two records that claim
//! the same stream and sequence, the first one in the log is the event and the later one is void ([`rule`]). Every
//! writer and every reader applies that one pure function and all agree.
//!
//! What is not here, and must not come: no transaction, lease, lock service, leader or fencing; no database that knows
//! better than the log; no consumer group; no knowledge of any aggregate (tasks and reminders are generic parameters);
//! no way to skip an event silently.
//!
//! Reading order: the pure parts first, then the state of one partition, then what drives it.
#![cfg_attr(test, expect(clippy::unwrap_used, reason = "tests"))]

pub mod rule;
pub mod token;
pub mod envelope;
pub mod partitioner;
pub mod codec;

pub mod settings;
pub mod topics;
pub mod error;

pub mod store;
pub mod reader;

pub use codec::{AdjacentlyTagged, CodecError, EventCodec, WholeEvent};
pub use envelope::{Envelope, EnvelopeError};
pub use error::{ExecuteError, LoadError, OpenError, ReadError};
pub use partitioner::partition_for;
pub use reader::{LogReader, LogRecord, end_offsets};
pub use settings::KafkaSettings;
pub use store::{
    CommandMeta, Committed, EventStore, Expected, Freshness, Loaded, Outcome, StateLocation, StoreHealth, StoreOptions,
    StoredAggregate,
};
pub use token::{ConsistencyToken, Position, TokenError};
pub use topics::{TopicError, TopicSpec, TopicStatus, check_topics, ensure_topics};
