//! What the model is made of: its bounds, its state, and what may happen next.

use crate::client::{Client, Command};
use crate::log::{Event, Log};
use crate::mutation::Mutation;
use crate::writer::Writer;

/// How much of each thing there is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) writers: u8,
    pub(crate) streams: u8,
    /// One a client.
    pub(crate) commands: &'static [Command],
    /// How often each is given at most.
    pub(crate) calls: u8,
    /// How many records of a call may lose before it is told of a conflict.
    pub(crate) retries: u8,
    pub(crate) crashes: u8,
    /// Records that may land once more: librdkafka in a new producer epoch.
    pub(crate) copies: u8,
    /// Records of other programs.
    pub(crate) foreign: u8,
    /// Records that skip a sequence.
    pub(crate) skips: u8,
    /// Whether an acknowledgement may come without an offset.
    pub(crate) blind_acks: bool,
    /// Whether a barrier is a record of its own, a copy of one that is in the log, instead of a question to the leader.
    pub(crate) barrier_records: bool,
    /// What must happen in some state.
    pub(crate) witnesses: &'static [&'static str],
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Protocol {
    pub(crate) bounds: Bounds,
    pub(crate) mutation: Mutation,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct State {
    pub(crate) log: Log,
    /// Records that nobody waits for any more, and that may land at any time or never. Sorted.
    pub(crate) zombies: Vec<Event>,
    pub(crate) writers: Vec<Writer>,
    pub(crate) clients: Vec<Client>,
    pub(crate) crashes_left: u8,
    pub(crate) copies_left: u8,
    pub(crate) foreign_left: u8,
    pub(crate) skips_left: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// The client gives its command to the writer, for the first time or again; the writer decides.
    Call { client: u8, writer: u8 },
    /// The client's record gets into the log.
    Land { client: u8 },
    /// The client's record gets into the log, and its producer sends it once more.
    LandAndResend { client: u8 },
    /// A record that nobody waits for gets into the log.
    LandZombie { index: usize },
    /// The acknowledgement arrives.
    Ack { client: u8 },
    /// The acknowledgement arrives, but the broker no longer knew the offset.
    AckBlind { client: u8 },
    /// All that a record acknowledged without an offset had to wait for is applied.
    SettleBlind { client: u8 },
    /// The record of the client's barrier gets into the log, and its acknowledgement arrives.
    LandBarrier { client: u8 },
    /// All that the refusal had to wait for is applied.
    PassBarrier { client: u8 },
    /// The writer or its caller waits no longer: the outcome is unknown.
    GiveUp { client: u8 },
    /// The writer's tail reads the next record.
    Tail { writer: u8 },
    /// The writer writes to disk.
    Flush { writer: u8 },
    /// The writer's process dies and comes again.
    Crash { writer: u8 },
    /// Another program writes a record that is no event.
    Foreign,
    /// Another program writes an event that skips a sequence.
    Skip { stream: u8 },
}

impl State {
    pub(crate) fn client(&mut self, client: u8) -> &mut Client {
        &mut self.clients[usize::from(client)]
    }

    pub(crate) fn writer_of(&mut self, client: u8) -> &mut Writer {
        let writer = self.clients[usize::from(client)].writer;
        &mut self.writers[usize::from(writer)]
    }
}
