//! One client with one command: what it wants, and what it was told.

/// When the aggregate takes the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Always.
    Any,
    /// Only in this version of the stream.
    At(u8),
    /// Only while the stream has fewer events: a rule on the aggregate's state.
    Below(u8),
    /// Only at the first call: a rule that looks at the clock, which no rule should.
    InTime,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Command {
    pub(crate) stream: u8,
    /// How many events it makes.
    pub(crate) events: u8,
    pub(crate) wish: Wish,
    /// The client whose command it is too: the same id, given twice at once.
    pub(crate) twin_of: Option<u8>,
}

impl Command {
    /// A command of one event on the first stream.
    pub(crate) const fn new(wish: Wish) -> Self {
        Self { stream: 0, events: 1, wish, twin_of: None }
    }

    /// The decision, on a stream's sequence.
    pub(crate) fn refused_at(self, head: u8, call: u8) -> bool {
        match self.wish {
            Wish::Any => false,
            Wish::At(version) => head != version,
            Wish::Below(limit) => head >= limit,
            Wish::InTime => call > 1,
        }
    }
}

/// Why a record was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Reason {
    FirstDecision,
    /// The record before it lost.
    LostRace,
    /// The refusal was not current: the barrier brought news.
    Barrier,
}

/// Where a record of a call under way is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Flight {
    /// With the producer, or on the wire.
    Sent,
    /// In the log; the acknowledgement is on its way back.
    Landed { offset: u8 },
    /// Acknowledged above what is applied: waits for the tail.
    Heard { offset: u8 },
    /// Acknowledged without an offset: waits until everything up to `end` is applied.
    HeardBlind { end: u8 },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Phase {
    /// Not given yet.
    Idle,
    /// Decided; its record is under way.
    Appending { first: u8, reason: Reason, flight: Flight },
    /// To be refused at `head`, once everything up to `end` is applied and the stream is still there; `None` while the
    /// barrier's record is not in the log.
    Refusing { head: u8, end: Option<u8> },
    /// Told that nobody knows.
    Unknown,
    /// Told that it is in the stream.
    Committed { last: u8, replayed: bool, after_all_acknowledged: bool },
    /// Told that the stream's state forbids it; `justified` if the log had that state at some moment of the call.
    Refused { justified: bool },
    /// Told that the race was lost too often; `sure` if no earlier call ended unknown.
    Conflict { sure: bool },
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Client {
    pub(crate) phase: Phase,
    /// Who works on it.
    pub(crate) writer: u8,
    /// How often it was given; more often than it may be once it has its answer.
    pub(crate) calls: u8,
    /// True once a call ended unknown.
    pub(crate) doubt: bool,
    /// Records of this call that lost.
    pub(crate) lost: u8,
    /// Length of the log when this call began.
    pub(crate) since: u8,
    /// The highest sequence that anybody had been told of in this stream when the command was given first.
    pub(crate) acknowledged_before: u8,
}

impl Client {
    pub(crate) fn new() -> Self {
        Self { phase: Phase::Idle, writer: 0, calls: 0, doubt: false, lost: 0, since: 0, acknowledged_before: 0 }
    }

    /// The call is over. What only a call needs is forgotten, so that equal states are one.
    pub(crate) fn answered(&mut self, phase: Phase) {
        (self.phase, self.writer, self.lost, self.since) = (phase, 0, 0, 0);
        match phase {
            Phase::Unknown => self.doubt = true,
            Phase::Committed { .. } | Phase::Refused { .. } => {
                (self.doubt, self.acknowledged_before, self.calls) = (false, 0, u8::MAX);
            }
            _ => {}
        }
    }

    pub(crate) fn under_way(&self) -> bool {
        matches!(self.phase, Phase::Appending { .. } | Phase::Refusing { .. })
    }
}
