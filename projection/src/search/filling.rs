//! How an index is filled from the log: nobody reads it yet, so it is committed rarely and merged rarely. Each commit waits until all
//! that was handed over is written; each merge writes its documents again.

use std::time::Duration;

use tantivy::merge_policy::LogMergePolicy;

use super::lane::CommitPolicy;

/// Segments of one size that are merged into one. What changes is looked for in each of them, so there is an end to their number.
const MERGE_SEGMENTS: usize = 16;

/// When an index on its way is committed: its gap is a time in which no record comes. The rest bounds what a crash makes it read again
/// and what it keeps in memory.
pub(super) const POLICY: CommitPolicy = CommitPolicy {
    gap: Duration::from_millis(500),
    calm: Duration::from_millis(500),
    patience: Duration::from_secs(10),
    documents: 50_000,
    bytes: 64 * 1024 * 1024,
};

/// When segments of an index on its way are merged.
pub(super) fn merges() -> LogMergePolicy {
    let mut merges = LogMergePolicy::default();
    merges.set_min_num_segments(MERGE_SEGMENTS);
    merges
}
