//! What a commit of the index says about itself, in the commit.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::schema;

/// Offset of the next record to apply, for each (topic, partition).
pub(super) type NextOffsets = BTreeMap<(String, i32), i64>;

/// What a commit says about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Payload {
    /// [`schema::VERSION`] of the writer, or [`schema::MIXED`].
    pub(super) schema: u32,
    /// Number of the folder's generation.
    pub(super) generation: u64,
    /// [`NextOffsets`] with `topic/partition` as key.
    pub(super) next: BTreeMap<String, i64>,
}

impl Payload {
    /// Of these positions.
    pub(super) fn new(generation: u64, next: &NextOffsets) -> Self {
        let next = next.iter().map(|((topic, partition), offset)| (format!("{topic}/{partition}"), *offset)).collect();
        Self { schema: schema::VERSION, generation, next }
    }

    /// The positions.
    pub(super) fn next_offsets(&self) -> NextOffsets {
        let parse = |(name, offset): (&String, &i64)| {
            let (topic, partition) = name.rsplit_once('/')?;
            Some(((topic.to_owned(), partition.parse().ok()?), *offset))
        };
        self.next.iter().filter_map(parse).collect()
    }
}
