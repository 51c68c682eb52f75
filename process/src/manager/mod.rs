//! What a process manager is: a source of records, a handler that gives commands, a checkpoint, and recovery.
//!
//! [`Lane`] hands a batch to the handler and moves the checkpoint in the transaction of the handler's own rows. Commands are given before
//! that: whoever dies in between gives them again, under the same ids, and nothing happens twice. [`run`] is what keeps a lane
//! going. [`Timed`] is the other half: what happens because its time has come.

mod checkpoint;
mod clock;
mod lane;
mod leader;
mod lease;
mod run;
mod rush;

pub use checkpoint::has_read;
pub use clock::{Alarm, Fired, Timed, fire_all, keep_time};
pub use lane::Lane;
pub(crate) use lease::{FREE, TAKEN_FOR};
pub use run::{Options, run};
pub use rush::{Rush, Rushing};

use async_trait::async_trait;
use chrono::TimeDelta;
use kafka_es::LogRecord;
use sqlx::PgConnection;

use crate::metric_definitions as metric;

/// When a row is looked at again whose stream is blocked.
pub const BLOCKED_FOR: TimeDelta = TimeDelta::hours(1);

/// A process manager. What the log tells is written by [`Lane`], one batch at a time; clocks write what they did into the same rows.
#[async_trait]
pub trait ProcessManager: Send + Sync + 'static {
    /// What a batch changes in the manager's own rows.
    type Changes: Send + Sync;

    /// Its name in logs, metrics and the checkpoint.
    fn name(&self) -> &'static str;

    /// What it reads.
    fn topics(&self) -> &'static [&'static str];

    /// Gives the commands that follow from the records, and waits for them. It may be asked again with records that it was asked with
    /// before, and with records that lost the race for their sequence.
    ///
    /// # Errors
    /// When a command could not be given, or a row could not be read. The same records come again.
    async fn handle(&self, records: &[LogRecord]) -> Result<Self::Changes, Failure>;

    /// Whether there is anything to write: nearly all batches of a busy log concern nobody, and then the checkpoint moves alone. Whatever
    /// [`Self::write`] would write must be the answer to a record, so that it comes again with it.
    fn has_rows(&self, changes: &Self::Changes) -> bool;

    /// Writes the changes, in the transaction that moves the checkpoint.
    ///
    /// # Errors
    /// When Postgres does not take them.
    async fn write(&self, connection: &mut PgConnection, changes: &Self::Changes) -> Result<(), sqlx::Error>;

    /// The changes are committed.
    fn committed(&self, changes: &Self::Changes);
}

/// Why a batch or a row whose time has come was not finished. What is tried again later is the same work.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Postgres refused or did not answer.
    #[error("postgres cannot be asked: {0}")]
    Postgres(#[from] sqlx::Error),
    /// Another instance has moved the checkpoint.
    #[error("another instance has handled these records")]
    Fenced,
    /// A stream has an event that this build cannot read, or cannot take what it was to get. It stays so until somebody sees to it.
    #[error("a stream is blocked: {0}")]
    Blocked(String),
    /// A command was not carried out, or it is not known whether it was.
    #[error("a command could not be given: {0}")]
    Command(String),
    /// A stream could not be read.
    #[error("a stream could not be read: {0}")]
    Stream(String),
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] kafka_es::ReadError),
    /// The log does not hold what was to be read next.
    #[error("{0}")]
    Shrunk(String),
}

/// What is the matter with one stream alone must not hold up the others: it is told, and the stream left as it is (`None`).
///
/// # Errors
/// Any other failure.
pub fn only_this_stream<T>(
    manager: &'static str,
    stream: &str,
    done: Result<T, Failure>,
) -> Result<Option<T>, Failure> {
    match done {
        Err(failure @ Failure::Blocked(_)) => {
            metric::unreadable(manager);
            tracing::error!(manager, stream, error = %failure, "a stream is left alone");
            Ok(None)
        }
        done => done.map(Some),
    }
}
