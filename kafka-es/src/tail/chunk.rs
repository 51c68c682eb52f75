//! Many records at once, applied on several threads: partitions have nothing to do with each other.

use std::sync::Arc;

use rdkafka::Message;
use rdkafka::message::BorrowedMessage;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;

use crate::codec::EventCodec;
use crate::command::StoredAggregate;
use crate::shared::Shared;

/// After so many unwritten records of a partition they are written before more are applied: catching up is bounded in memory.
const UNWRITTEN_MAX: usize = 4000;

/// Records of some partitions in the order in which they came, their bytes in one buffer.
#[derive(Default)]
struct Chunk {
    bytes: Vec<u8>,
    records: Vec<Placed>,
}

struct Placed {
    partition: i32,
    offset: i64,
    /// Lengths of key and value, `None` where there is none.
    key: Option<usize>,
    value: Option<usize>,
}

impl Chunk {
    fn push(&mut self, message: &BorrowedMessage<'_>) {
        let (key, value) = (message.key(), message.payload());
        self.bytes.extend_from_slice(key.unwrap_or_default());
        self.bytes.extend_from_slice(value.unwrap_or_default());
        self.records.push(Placed {
            partition: message.partition(),
            offset: message.offset(),
            key: key.map(<[u8]>::len),
            value: value.map(<[u8]>::len),
        });
    }

    fn apply<A: StoredAggregate, C: EventCodec<A::Event>>(&self, shared: &Shared<A, C>) {
        let mut rest = self.bytes.as_slice();
        for Placed { partition, offset, key, value } in &self.records {
            let mut cut = |length: Option<usize>| {
                let length = length?;
                let (part, after) = rest.split_at(length);
                rest = after;
                Some(part)
            };
            let (key, value) = (cut(*key), cut(*value));
            let Some(partition) = shared.partition(*partition) else { continue };
            partition.on_tail(*offset, key, value);
            if partition.unwritten_records() > UNWRITTEN_MAX {
                // A failure stops the partition, which says why.
                let _ = partition.flush();
            }
        }
    }
}

/// The threads that apply chunks: each partition belongs to one of them.
pub(super) struct Appliers {
    /// One permit for each thread at work; none of them may be when a session begins.
    permits: Arc<Semaphore>,
    chunks: Vec<Chunk>,
    running: Vec<JoinHandle<()>>,
}

impl Appliers {
    /// Waits until those of the session before, if any, are done.
    pub(super) async fn begin(permits: &Arc<Semaphore>, count: usize) -> Self {
        drop(permits.acquire_many(u32::try_from(count).unwrap_or(1)).await);
        Self { permits: permits.clone(), chunks: (0..count).map(|_| Chunk::default()).collect(), running: Vec::new() }
    }

    /// Takes in a record; it is applied by the next [`apply`](Self::apply).
    pub(super) fn push(&mut self, message: &BorrowedMessage<'_>) {
        let threads = self.chunks.len();
        let thread = usize::try_from(message.partition()).unwrap_or(0) % threads;
        self.chunks[thread].push(message);
    }

    /// Waits for what was given before, then begins to apply what was taken in since.
    pub(super) async fn apply<A: StoredAggregate, C: EventCodec<A::Event>>(&mut self, shared: &Arc<Shared<A, C>>) {
        self.finish().await;
        for chunk in self.chunks.iter_mut().filter(|chunk| !chunk.records.is_empty()) {
            let Ok(permit) = self.permits.clone().acquire_owned().await else { return };
            let (chunk, shared) = (std::mem::take(chunk), shared.clone());
            self.running.push(tokio::task::spawn_blocking(move || {
                let _at_work: OwnedSemaphorePermit = permit;
                chunk.apply(&shared);
            }));
        }
    }

    /// Waits until everything that was given is applied.
    pub(super) async fn finish(&mut self) {
        for running in self.running.drain(..) {
            // A panic of an aggregate's `apply` is one of the tail.
            if let Err(error) = running.await
                && error.is_panic()
            {
                std::panic::resume_unwind(error.into_panic());
            }
        }
    }
}
