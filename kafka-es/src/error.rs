//! The errors of the crate, one enum a boundary.

use crate::codec::CodecError;
use crate::topics::TopicError;

/// Why a command was not committed.
///
/// ```
/// use kafka_es::ExecuteError;
///
/// /// Whether giving the same command again, with the same id, can help.
/// fn try_again(error: &ExecuteError<std::io::Error>) -> bool {
///     matches!(
///         error,
///         ExecuteError::Conflict { .. } | ExecuteError::Unavailable(_) | ExecuteError::OutcomeUnknown(_)
///     )
/// }
///
/// assert!(try_again(&ExecuteError::OutcomeUnknown("no acknowledgement".to_owned())));
/// assert!(!try_again(&ExecuteError::WrongVersion { actual: 7 }));
/// assert!(!try_again(&ExecuteError::KeyReused));
/// ```
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError<E> {
    /// The aggregate refused the command, judged on its current state.
    #[error("the command is refused")]
    Rejected(#[source] E),
    /// The stream is not at the version that the caller expected.
    #[error("the stream is at version {actual}")]
    WrongVersion {
        /// The stream's version now, 0 when it has no event.
        actual: u64,
    },
    /// The command id was used before in this stream, for another payload.
    #[error("the command id was used before for another payload")]
    KeyReused,
    /// Other writers won the race more often than the store is willing to retry. This call changed nothing; an earlier one
    /// with the same command id, whose outcome was unknown, may still land.
    #[error("lost the race for the stream {attempts} times")]
    Conflict {
        /// How many records lost.
        attempts: u32,
    },
    /// Kafka cannot be reached or the store is not caught up. This call changed nothing; see [`Conflict`](Self::Conflict).
    #[error("the event store is not available: {0}")]
    Unavailable(String),
    /// The record may or may not be in the log. Retrying with the same command id is safe and tells.
    #[error("whether the command was written is not known: {0}")]
    OutcomeUnknown(String),
    /// The log and the local state of a partition contradict each other; an operator has to look.
    #[error("partition {partition} is stopped: {reason}")]
    PartitionStopped {
        /// The partition.
        partition: i32,
        /// What was found and what to do.
        reason: String,
    },
    /// The stream holds an event that this build cannot read.
    #[error("the stream is blocked at sequence {sequence}: {reason}")]
    StreamBlocked {
        /// Sequence of the event that cannot be read.
        sequence: u64,
        /// Why it cannot be read.
        reason: String,
    },
    /// The event could not be written as JSON.
    #[error("the event cannot be encoded")]
    Encode(#[from] CodecError),
    /// The name of the stream is not one: 1 to 1024 bytes of text without NUL.
    #[error("a stream is named by 1 to 1024 bytes of text without NUL")]
    StreamName,
    /// The record would be larger than Kafka takes. Nothing was written.
    #[error("the record of {bytes} bytes is larger than Kafka takes")]
    TooLarge {
        /// Size of the record.
        bytes: usize,
    },
    /// The state on disk could not be read or written.
    #[error("the state on disk failed: {0}")]
    State(String),
}

/// Why a stream could not be read.
///
/// ```
/// use kafka_es::{ExecuteError, LoadError};
///
/// let error = LoadError::StreamBlocked { sequence: 3, reason: "unknown type".to_owned() };
/// assert_eq!(error.to_string(), "the stream is blocked at sequence 3: unknown type");
/// // A command that could not read its stream fails for the same reason.
/// let error = ExecuteError::<std::io::Error>::from(error);
/// assert!(matches!(error, ExecuteError::StreamBlocked { sequence: 3, .. }));
/// ```
#[derive(Clone, Debug, thiserror::Error)]
pub enum LoadError {
    /// Kafka cannot be reached or the store is not caught up.
    #[error("the event store is not available: {0}")]
    Unavailable(String),
    /// See [`ExecuteError::PartitionStopped`].
    #[error("partition {partition} is stopped: {reason}")]
    PartitionStopped {
        /// The partition.
        partition: i32,
        /// What was found and what to do.
        reason: String,
    },
    /// See [`ExecuteError::StreamBlocked`].
    #[error("the stream is blocked at sequence {sequence}: {reason}")]
    StreamBlocked {
        /// Sequence of the event that cannot be read.
        sequence: u64,
        /// Why it cannot be read.
        reason: String,
    },
    /// An event of the stream was not where the index says it is, or could not be decoded.
    #[error("the stream cannot be read from the log: {0}")]
    Log(String),
    /// The state on disk could not be read or written.
    #[error("the state on disk failed: {0}")]
    State(String),
}

impl LoadError {
    pub(crate) fn closed() -> Self {
        Self::Unavailable("the store is closed".to_owned())
    }
}

impl<E> From<LoadError> for ExecuteError<E> {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Unavailable(why) | LoadError::Log(why) => Self::Unavailable(why),
            LoadError::PartitionStopped { partition, reason } => Self::PartitionStopped { partition, reason },
            LoadError::StreamBlocked { sequence, reason } => Self::StreamBlocked { sequence, reason },
            LoadError::State(why) => Self::State(why),
        }
    }
}

/// Why an event store could not be opened.
///
/// ```
/// use kafka_es::{OpenError, TopicError};
///
/// let error = OpenError::from(TopicError::Missing { topic: "accounts".to_owned() });
/// assert_eq!(error.to_string(), "topic accounts does not exist");
/// let error = OpenError::InUse { folder: "state/accounts".to_owned() };
/// assert_eq!(error.to_string(), "the state folder state/accounts is in use by another process");
/// ```
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A Kafka client could not be made from the settings.
    #[error("the Kafka settings are wrong: {0}")]
    Settings(String),
    /// Kafka could not be reached.
    #[error("Kafka at {brokers} cannot be reached: {reason}")]
    Unavailable {
        /// The configured brokers.
        brokers: String,
        /// What was tried.
        reason: String,
    },
    /// The topic does not exist or cannot be described.
    #[error(transparent)]
    Topic(#[from] TopicError),
    /// Another process has the state folder open.
    #[error("the state folder {folder} is in use by another process")]
    InUse {
        /// The folder.
        folder: String,
    },
    /// The state folder was written by a build with another format.
    #[error(
        "the state folder {folder} has format {found}, this build reads {supported}: use the build that wrote it, or delete the folder and it is rebuilt from the log"
    )]
    OtherFormat {
        /// The folder.
        folder: String,
        /// Format on disk.
        found: u32,
        /// The format that this build reads.
        supported: u32,
    },
    /// The state folder belongs to another topic, or the topic's partition count changed.
    #[error(
        "the state folder {folder} is of {found}, not of {wanted}: delete the folder and it is rebuilt from the log"
    )]
    OtherLog {
        /// The folder.
        folder: String,
        /// What the folder was written for.
        found: String,
        /// What is being opened.
        wanted: String,
    },
    /// The state folder is damaged or cannot be written.
    #[error(
        "the state folder {folder} cannot be used: {reason}; if it is damaged, delete it and it is rebuilt from the log"
    )]
    State {
        /// The folder.
        folder: String,
        /// What failed.
        reason: String,
    },
}

/// Why a [`LogReader`](crate::LogReader) cannot go on.
///
/// ```
/// use kafka_es::ReadError;
///
/// let call_again = |error: &ReadError| matches!(error, ReadError::Unavailable(_));
/// assert!(call_again(&ReadError::Unavailable("all brokers are down".to_owned())));
/// let error = ReadError::Truncated { topic: "accounts".to_owned(), partition: 5, wanted: 9, low: 0, high: 4 };
/// assert!(!call_again(&error));
/// assert!(error.to_string().starts_with("accounts/5 no longer holds offset 9"));
/// ```
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// A Kafka client could not be made, or the assignment was refused.
    #[error("the log reader cannot start: {0}")]
    Start(String),
    /// The log no longer holds the wanted offset: it was truncated, or the topic was created anew.
    #[error(
        "{topic}/{partition} no longer holds offset {wanted}, only {low} to {high}: the log was truncated or the topic created anew"
    )]
    Truncated {
        /// The topic.
        topic: String,
        /// The partition.
        partition: i32,
        /// The offset that was to be read next.
        wanted: i64,
        /// First offset that the log holds.
        low: i64,
        /// Offset after the last.
        high: i64,
    },
    /// Kafka cannot be reached just now; the reader goes on by itself when it returns, so calling again is right.
    #[error("the log cannot be read just now: {0}")]
    Unavailable(String),
    /// The reader's client is broken for good; make a new one.
    #[error("the log reader failed: {0}")]
    Fatal(String),
}
