//! A hole in a stream.

use kafka_es::Position;

/// A stream whose log has a hole; its partition stops there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "stream {stream} continues at {position} with sequence {found} where {expected} was expected, so search is stopped in this partition: \
     look at it with `tasklog events --stream {stream}`; docs/gaps.md says what to do"
)]
pub(super) struct Gap {
    /// The stream.
    pub(super) stream: String,
    /// The record that cannot be next.
    pub(super) position: Position,
    /// The sequence expected.
    pub(super) expected: u64,
    /// The sequence found.
    pub(super) found: u64,
}
