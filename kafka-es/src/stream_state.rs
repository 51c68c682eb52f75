//! The state of one stream at its sequence.

use serde_json::value::RawValue;

use crate::codec::{CodecError, EventCodec};
use crate::command::StoredAggregate;
use crate::marks::Marks;
use crate::record::EventRef;
use crate::state::StreamRow;

/// What is known of the aggregate.
#[derive(Clone, Debug)]
pub(crate) enum Body<A> {
    /// The aggregate after the stream's last event.
    Ready(A),
    /// It has to be replayed from the log: no snapshot, or one of another version.
    Replay,
    /// An event cannot be read by this build.
    Blocked { sequence: u64, reason: String },
}

/// A stream.
#[derive(Clone, Debug)]
pub(crate) struct StreamState<A> {
    /// Sequence of the last event, 0 when there is none.
    pub(crate) head: u64,
    pub(crate) body: Body<A>,
    /// Offset of the record that holds the last event; nothing to go by when there is none.
    pub(crate) offset: i64,
    /// Bytes of the largest record or snapshot seen: what the cache weighs it by.
    pub(crate) size: usize,
    pub(crate) marks: Marks,
}

impl<A: StoredAggregate> StreamState<A> {
    pub(crate) fn from_row(row: Option<StreamRow>, snapshot_version: u32) -> Self {
        let Some(row) = row else {
            let marks = Marks::of_an_empty_stream();
            return Self { head: 0, body: Body::Ready(A::default()), offset: 0, size: 0, marks };
        };
        let snapshot = row.snapshot.filter(|_| row.snapshot_version == snapshot_version);
        let size = snapshot.as_ref().map_or(0, Vec::len);
        let aggregate = snapshot.and_then(|json| serde_json::from_slice(&json).ok());
        let body = aggregate.map_or(Body::Replay, Body::Ready);
        Self { head: row.sequence, body, offset: row.offset, size, marks: Marks::unknown() }
    }

    pub(crate) fn row(&self, snapshot_version: u32) -> StreamRow {
        let snapshot = match &self.body {
            Body::Ready(aggregate) => serde_json::to_vec(aggregate).ok(),
            Body::Replay | Body::Blocked { .. } => None,
        };
        StreamRow { sequence: self.head, offset: self.offset, snapshot_version, snapshot }
    }

    /// The state after further events, which follow on `head`, of the record of `size` bytes at `offset`.
    pub(crate) fn after<C: EventCodec<A::Event>>(&self, events: &[EventRef<'_>], offset: i64, size: usize) -> Self {
        let (head, marks) = match events.last() {
            Some(last) => (last.sequence, self.marks.with(&last.commandid)),
            None => (self.head, self.marks.clone()),
        };
        let body = match &self.body {
            Body::Ready(aggregate) => fold::<A, C>(
                aggregate.clone(),
                events.iter().map(|event| (event.sequence, &*event.event_type, event.data)),
            ),
            other => other.clone(),
        };
        Self { head, body, offset, size: self.size.max(size), marks }
    }
}

/// Applies events (sequence, type and data) in order; the first unreadable one blocks.
pub(crate) fn fold<'a, A: StoredAggregate, C: EventCodec<A::Event>>(
    mut aggregate: A,
    events: impl IntoIterator<Item = (u64, &'a str, &'a RawValue)>,
) -> Body<A> {
    for (sequence, event_type, data) in events {
        match C::decode(event_type, data) {
            Ok(event) => aggregate.apply(event),
            Err(CodecError { event_type, reason }) => {
                let reason = format!("event of type {event_type:?} cannot be read by this build: {reason}");
                return Body::Blocked { sequence, reason };
            }
        }
    }
    Body::Ready(aggregate)
}
