//! How much may wait for a client to take it, in bytes: one event may be as long as a hundred others.

use std::sync::Arc;

use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

/// What may wait for a client, from here until the system has it to send. What is longer waits alone.
pub(super) const ROOM_BYTES: usize = 64 * 1024;

/// The room that one client has.
#[derive(Debug)]
pub(super) struct Room(Arc<Semaphore>);

/// Room that something takes. Given back when it is dropped.
#[derive(Debug)]
pub struct Taken(#[expect(dead_code, reason = "held, never looked at")] OwnedSemaphorePermit);

impl Room {
    /// All of it is free.
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(ROOM_BYTES)))
    }

    /// Takes room for so many bytes, as soon as it is there.
    pub(super) async fn take(&self, bytes: usize) -> Result<Taken, AcquireError> {
        let bytes = u32::try_from(bytes.min(ROOM_BYTES)).unwrap_or(u32::MAX);
        self.0.clone().acquire_many_owned(bytes).await.map(Taken)
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    fn took(room: &Room, bytes: usize) -> Option<Taken> {
        room.take(bytes).now_or_never().map(Result::unwrap)
    }

    #[test]
    fn given_a_room_when_it_is_full_then_the_next_waits_until_enough_is_given_back() {
        let room = Room::new();
        let (half, rest) = (took(&room, ROOM_BYTES / 2).unwrap(), took(&room, ROOM_BYTES / 2 - 10).unwrap());
        assert!(took(&room, 11).is_none());
        assert!(took(&room, 10).is_some());
        drop(rest);
        assert!(took(&room, ROOM_BYTES / 2 + 1).is_none());
        drop(half);
        assert!(took(&room, ROOM_BYTES).is_some());
    }

    #[test]
    fn given_something_longer_than_the_room_when_the_room_is_free_then_it_takes_all_of_it() {
        let room = Room::new();
        let long = took(&room, 10 * ROOM_BYTES).unwrap();
        assert!(took(&room, 1).is_none());
        drop(long);
        assert!(took(&room, 1).is_some());
    }
}
