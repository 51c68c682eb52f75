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

pub mod codec;
pub mod envelope;
pub mod partitioner;
pub mod rule;
pub mod token;

mod record;

mod command;
mod error;
mod options;
mod settings;
mod topics;

mod health;
mod metric_definitions;
mod mutation;
mod overlay;
mod partition;
mod state;
mod stream_state;

mod append;
mod asker;
mod barrier;
mod blank;
mod catch_up;
mod client;
mod delivery;
mod execute;
mod filed;
mod history;
mod probe;
mod producers;
mod shared;
mod tail;

mod ends;
mod event_store;
mod reader;
mod reused;
mod store;

#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
#[cfg(test)]
mod simulation;

pub use codec::{AdjacentlyTagged, CodecError, EventCodec, WholeEvent};
pub use command::{CommandMeta, Committed, Expected, Freshness, Loaded, Outcome, StoredAggregate};
pub use ends::{LogEnds, end_offsets};
pub use envelope::{Envelope, EnvelopeError};
pub use error::{ExecuteError, LoadError, OpenError, ReadError};
pub use event_store::StreamContext;
pub use health::StoreHealth;
pub use mutation::Mutations;
pub use options::{Barrier, StateLocation, StoreOptions};
pub use partitioner::partition_for;
pub use reader::{LogReader, LogRecord};
pub use settings::KafkaSettings;
pub use store::EventStore;
pub use token::{ConsistencyToken, Position, TokenError};
pub use topics::{
    TOPICS_ANSWER_TIMEOUT, TopicError, TopicSpec, TopicStatus, WrongSetting, check_topics, ensure_topics,
};

/// The program in the README, compiled: nothing else would notice when it no longer fits.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
