//! Switches that break the protocol on purpose, so that the simulation and the conformance suite can be shown to notice.
//!
//! Without the feature `conformance` there is no switch and every function here is the identity. The same things are
//! broken in the model of the protocol, `tests/model`.

use crate::rule::Verdict;
use crate::state::Batch;

/// What is broken on purpose; the default is nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mutations {
    /// A writer believes that its own record won, instead of the first one in the log.
    #[cfg(any(test, feature = "conformance"))]
    pub first_wins_off: bool,
    /// A writer refuses on its local state without asking for the end of the log.
    #[cfg(any(test, feature = "conformance"))]
    pub barrier_off: bool,
    /// A writer that knows no event of a partition asks the leader at a barrier, although another broker may lead by now.
    #[cfg(any(test, feature = "conformance"))]
    pub empty_partitions_asked: bool,
    /// After an outage the clients that lived through it go on.
    #[cfg(any(test, feature = "conformance"))]
    pub clients_kept: bool,
    /// Each record is written twice, and the second acknowledgement is the one that is heard: what librdkafka may do.
    #[cfg(any(test, feature = "conformance"))]
    pub writes_twice: bool,
    /// A writer whose record lost does not look whether it lost to a copy of itself.
    #[cfg(any(test, feature = "conformance"))]
    pub copies_unseen: bool,
    /// A writer does not look whether a command is in its stream already.
    #[cfg(any(test, feature = "conformance"))]
    pub commands_forgotten: bool,
    /// A record that skips a sequence is accepted.
    #[cfg(any(test, feature = "conformance"))]
    pub gap_unseen: bool,
    /// A record that lost is applied when the tail reads it.
    #[cfg(any(test, feature = "conformance"))]
    pub voids_applied: bool,
    /// An acknowledged record is judged before everything below it was applied.
    #[cfg(any(test, feature = "conformance"))]
    pub offset_gaps_unseen: bool,
    /// The offset is written to the state folder without the rows of the streams.
    #[cfg(any(test, feature = "conformance"))]
    pub flush_torn: bool,
    /// A tail that rests is not woken.
    #[cfg(any(test, feature = "conformance"))]
    pub sleeps_on: bool,
    /// Streams are read back one by one, for who has gone as well.
    #[cfg(any(test, feature = "conformance"))]
    pub reads_in_turn: bool,
    /// A record that the log no longer holds ends all who have their streams read back along with its own.
    #[cfg(any(test, feature = "conformance"))]
    pub lost_together: bool,
    /// A record counts as written when the partition's leader alone has it (`acks=1`).
    #[cfg(any(test, feature = "conformance"))]
    pub acks_of_leader_only: bool,
}

/// Whether a switch is on: never, without the feature.
macro_rules! on {
    ($mutations:ident . $switch:ident) => {{
        #[cfg(any(test, feature = "conformance"))]
        let on = $mutations.$switch;
        #[cfg(not(any(test, feature = "conformance")))]
        let on = false;
        on
    }};
}

impl Mutations {
    pub(crate) fn own_verdict(self, verdict: Verdict) -> Verdict {
        if on!(self.first_wins_off) { Verdict::Accepted } else { verdict }
    }

    /// What a reader makes of the rule's verdict.
    pub fn read_verdict(self, verdict: Verdict) -> Verdict {
        match verdict {
            Verdict::Gap { .. } if on!(self.gap_unseen) => Verdict::Accepted,
            Verdict::Void if on!(self.voids_applied) => Verdict::Accepted,
            verdict => verdict,
        }
    }

    pub(crate) fn waits_for_tail(self) -> bool {
        !on!(self.offset_gaps_unseen)
    }

    pub(crate) fn written(self, batch: Batch<'_>) -> Batch<'_> {
        if on!(self.flush_torn) { Batch { partition: batch.partition, ..Batch::default() } } else { batch }
    }

    pub(crate) fn wakes_the_tail(self) -> bool {
        !on!(self.sleeps_on)
    }

    pub(crate) fn keeps_clients(self) -> bool {
        on!(self.clients_kept)
    }

    pub(crate) fn times_written(self) -> u32 {
        if on!(self.writes_twice) { 2 } else { 1 }
    }

    pub(crate) fn overlooks_copies(self) -> bool {
        on!(self.copies_unseen)
    }

    pub(crate) fn forgets_commands(self) -> bool {
        on!(self.commands_forgotten)
    }

    pub(crate) fn skips_barrier(self) -> bool {
        on!(self.barrier_off)
    }

    pub(crate) fn asks_about_empty_partitions(self) -> bool {
        on!(self.empty_partitions_asked)
    }

    pub(crate) fn reads_in_turn(self) -> bool {
        on!(self.reads_in_turn)
    }

    pub(crate) fn loses_together(self) -> bool {
        on!(self.lost_together)
    }

    /// Whether an acknowledgement must wait for every copy that is in sync.
    pub(crate) fn wants_all_acks(self) -> bool {
        !on!(self.acks_of_leader_only)
    }
}
