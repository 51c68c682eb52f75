//! How an index is filled from the log: nobody reads it yet, so it is committed rarely and merged rarely, and several threads write it.
//! Each commit waits until all that was handed over is written; each merge writes its documents again.

use std::thread;
use std::time::Duration;

use tantivy::merge_policy::LogMergePolicy;

use super::lane::CommitPolicy;

/// Segments of one size that are merged into one. What changes is looked for in each of them, so there is an end to their number; but a
/// look is short, and a merge takes one of the processors that fill.
const MERGE_SEGMENTS: usize = 32;

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

/// Threads that write an index at most; what folds records for them is one.
const THREADS_MAX: usize = 4;
/// What Tantivy wants for each of them.
const THREAD_BYTES: usize = 15_000_000;

/// Threads that write an index whose documents on their way to disk may take so many bytes, which they share.
pub(super) fn threads(heap_bytes: usize) -> usize {
    threads_on(thread::available_parallelism().map_or(1, usize::from), heap_bytes)
}

fn threads_on(processors: usize, heap_bytes: usize) -> usize {
    processors.min(heap_bytes / THREAD_BYTES).clamp(1, THREADS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::SearchOptions;

    #[test]
    fn given_processors_and_memory_then_there_are_as_many_threads_as_both_have_room_for() {
        let usual = SearchOptions::new("".into()).heap_bytes;
        assert_eq!([1, 2, 16].map(|processors| threads_on(processors, usual)), [1, 2, 2]);
        assert_eq!([THREAD_BYTES, 10 * THREAD_BYTES].map(|bytes| threads_on(16, bytes)), [1, THREADS_MAX]);
        assert_eq!(threads_on(16, 0), 1, "too little even for one: Tantivy says so");
    }
}
