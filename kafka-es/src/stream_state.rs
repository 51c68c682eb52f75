//! The state of one stream at its sequence.

use std::sync::Arc;

use serde_json::value::RawValue;

use crate::codec::{CodecError, EventCodec};
use crate::command::StoredAggregate;
use crate::filed::Filed;
use crate::record::EventRef;
use crate::state::{Command, Commands, KEPT, StreamRow};

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
    /// The stream's name, shared by all that carry it.
    pub(crate) name: Arc<str>,
    /// Sequence of the last event, 0 when there is none.
    pub(crate) head: u64,
    pub(crate) body: Body<A>,
    /// Offset of the record that holds the last event; nothing to go by when there is none.
    pub(crate) offset: i64,
    /// Bytes of the largest record or snapshot seen: what the cache weighs it by.
    pub(crate) size: usize,
    /// The latest commands.
    pub(crate) commands: Commands,
    /// What is known of the older ones.
    pub(crate) filed: Filed,
}

/// A state, and the commands that it no longer carries.
pub(crate) type Next<A> = (StreamState<A>, Option<Commands>);

impl<A: StoredAggregate> StreamState<A> {
    pub(crate) fn from_row(name: Arc<str>, row: Option<StreamRow>, snapshot_version: u32) -> Self {
        let Some(row) = row else {
            let (commands, filed) = (Commands::default(), Filed::default());
            return Self { name, head: 0, body: Body::Ready(A::default()), offset: 0, size: 0, commands, filed };
        };
        let snapshot = row.snapshot.filter(|_| row.snapshot_version == snapshot_version);
        let size = snapshot.as_ref().map_or(0, Vec::len);
        let aggregate = snapshot.and_then(|json| serde_json::from_slice(&json).ok());
        let body = aggregate.map_or(Body::Replay, Body::Ready);
        let filed = if row.filed { Filed::unknown() } else { Filed::default() };
        Self { name, head: row.sequence, body, offset: row.offset, size, commands: row.commands, filed }
    }

    pub(crate) fn row(&self, snapshot_version: u32) -> StreamRow {
        let snapshot = match &self.body {
            Body::Ready(aggregate) => serde_json::to_vec(aggregate).ok(),
            Body::Replay | Body::Blocked { .. } => None,
        };
        let (commands, filed) = (self.commands.clone(), self.filed.any());
        StreamRow { sequence: self.head, offset: self.offset, snapshot_version, snapshot, commands, filed }
    }

    /// The state after the record of a command; `size` is the record's, in bytes.
    pub(crate) fn after(&self, body: Body<A>, command: Command, size: usize) -> Next<A> {
        let name = self.name.clone();
        let (head, offset, size) = (command.sequence, command.offset, self.size.max(size));
        if self.commands.len() < KEPT {
            let (commands, filed) = (self.commands.and(&command), self.filed.clone());
            return (Self { name, head, body, offset, size, commands, filed }, None);
        }
        let filed = self.filed.and(&self.commands);
        let commands = Commands::default().and(&command);
        (Self { name, head, body, offset, size, commands, filed }, Some(self.commands.clone()))
    }

    /// The same with another aggregate.
    pub(crate) fn with(&self, body: Body<A>) -> Self {
        let Self { head, offset, size, .. } = *self;
        let (name, commands, filed) = (self.name.clone(), self.commands.clone(), self.filed.clone());
        Self { name, head, body, offset, size, commands, filed }
    }

    /// The aggregate after further events, which follow on `head`.
    pub(crate) fn fold<C: EventCodec<A::Event>>(&self, events: &[EventRef<'_>]) -> Body<A> {
        match &self.body {
            Body::Ready(aggregate) => fold::<A, C>(
                aggregate.clone(),
                events.iter().map(|event| (event.sequence, &*event.event_type, event.data)),
            ),
            other => other.clone(),
        }
    }
}

impl<A> StreamState<A> {
    /// About what it takes in memory beyond the struct itself.
    pub(crate) fn bytes(&self) -> usize {
        self.size + self.commands.bytes().len() + self.filed.bytes()
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
