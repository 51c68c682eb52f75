//! A counter asked from afar: one call as a line of JSON, and its answer as another. What `examples/chaos_writer.rs`
//! serves.

use serde::{Deserialize, Serialize};

use super::counter::{Counter, CounterCommand, CounterRefusal, meta};
use crate::command::{Committed, Expected, Freshness, Outcome};
use crate::error::{ExecuteError, LoadError};
use crate::store::EventStore;
use crate::token::Position;

/// What is asked of a stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// [`CounterCommand::Add`].
    Add {
        /// How much.
        by: i64,
    },
    /// [`CounterCommand::AddBelow`].
    AddBelow {
        /// How much.
        by: i64,
        /// The limit.
        limit: i64,
    },
    /// [`CounterCommand::Look`]: a read by a command that changes nothing.
    Look,
    /// A read with [`Freshness::Barrier`].
    Load,
}

/// One call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// The stream.
    pub stream: String,
    /// The command's id; a read has one that is not used.
    pub command_id: String,
    /// The version that the stream must be at.
    pub expected: Option<u64>,
    /// What is asked.
    pub question: Question,
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum Answer {
    /// The command is in the stream.
    Committed {
        /// Sequence of its event.
        sequence: u64,
        /// The counter's value right after it.
        value: i64,
        /// Where its record stands.
        position: Position,
    },
    /// The stream as it is; an empty one is at sequence 0.
    Read {
        /// Sequence of its last event.
        sequence: u64,
        /// The counter's value.
        value: i64,
    },
    /// The stream is at another version than expected.
    WrongVersion {
        /// Its version.
        actual: u64,
    },
    /// The counter refused.
    Rejected {
        /// Its value.
        value: i64,
    },
    /// Nothing was written, and nothing is told of the stream.
    NotWritten {
        /// Why.
        reason: String,
    },
    /// The store has stopped the stream's partition: its log is not the one that was applied. Nothing was written.
    Stopped {
        /// Why.
        reason: String,
    },
    /// Nobody knows.
    Unknown {
        /// Why.
        reason: String,
    },
}

/// Asks the store.
pub async fn ask(store: &EventStore<Counter>, call: Call) -> Answer {
    let command = match call.question {
        Question::Add { by } => CounterCommand::Add(by),
        Question::AddBelow { by, limit } => CounterCommand::AddBelow { by, limit },
        Question::Look => CounterCommand::Look,
        Question::Load => return loaded(store, &call.stream).await,
    };
    let expected = call.expected.map_or(Expected::Any, Expected::Version);
    executed(store.execute(&call.stream, command, &(), meta(call.command_id), expected).await)
}

async fn loaded(store: &EventStore<Counter>, stream: &str) -> Answer {
    match store.load(stream, Freshness::Barrier).await {
        Ok(Some(loaded)) => Answer::Read { sequence: loaded.sequence, value: loaded.aggregate.value },
        Ok(None) => Answer::Read { sequence: 0, value: 0 },
        Err(LoadError::PartitionStopped { reason, .. }) => Answer::Stopped { reason },
        Err(error) => Answer::NotWritten { reason: error.to_string() },
    }
}

fn executed(result: Result<Committed<Counter>, ExecuteError<CounterRefusal>>) -> Answer {
    match result {
        Ok(Committed { outcome: Outcome::Unchanged, sequence, aggregate, .. }) => {
            Answer::Read { sequence, value: aggregate.value }
        }
        Ok(Committed { sequence, aggregate, position, .. }) => {
            Answer::Committed { sequence, value: aggregate.value, position }
        }
        Err(ExecuteError::WrongVersion { actual }) => Answer::WrongVersion { actual },
        Err(ExecuteError::Rejected(refusal)) => Answer::Rejected { value: refusal.value },
        Err(ExecuteError::OutcomeUnknown(reason)) => Answer::Unknown { reason },
        Err(ExecuteError::PartitionStopped { reason, .. }) => Answer::Stopped { reason },
        Err(error) => Answer::NotWritten { reason: error.to_string() },
    }
}
