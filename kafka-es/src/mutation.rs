//! Switches that break the protocol on purpose, so that the conformance suite can be shown to notice.
//!
//! Without the feature `conformance` there is no switch and every function here is the identity.

use crate::rule::Verdict;

/// What is broken on purpose; the default is nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mutations {
    /// A writer believes that its own record won, instead of the first one in the log.
    #[cfg(any(test, feature = "conformance"))]
    pub first_wins_off: bool,
    /// A writer refuses on its local state without asking for the end of the log.
    #[cfg(any(test, feature = "conformance"))]
    pub barrier_off: bool,
    /// After an outage the clients that lived through it go on.
    #[cfg(any(test, feature = "conformance"))]
    pub clients_kept: bool,
    /// Each record is written twice, and the second acknowledgement is the one that is heard: what librdkafka may do.
    #[cfg(any(test, feature = "conformance"))]
    pub writes_twice: bool,
    /// A writer whose record lost does not look whether it lost to a copy of itself.
    #[cfg(any(test, feature = "conformance"))]
    pub copies_unseen: bool,
    /// A record counts as written when the partition's leader alone has it (`acks=1`).
    #[cfg(any(test, feature = "conformance"))]
    pub acks_of_leader_only: bool,
}

impl Mutations {
    pub(crate) fn own_verdict(self, verdict: Verdict) -> Verdict {
        #[cfg(any(test, feature = "conformance"))]
        if self.first_wins_off {
            return Verdict::Accepted;
        }
        verdict
    }

    pub(crate) fn keeps_clients(self) -> bool {
        #[cfg(any(test, feature = "conformance"))]
        if self.clients_kept {
            return true;
        }
        false
    }

    pub(crate) fn times_written(self) -> u32 {
        #[cfg(any(test, feature = "conformance"))]
        if self.writes_twice {
            return 2;
        }
        1
    }

    pub(crate) fn overlooks_copies(self) -> bool {
        #[cfg(any(test, feature = "conformance"))]
        if self.copies_unseen {
            return true;
        }
        false
    }

    pub(crate) fn skips_barrier(self) -> bool {
        #[cfg(any(test, feature = "conformance"))]
        if self.barrier_off {
            return true;
        }
        false
    }

    /// Whether an acknowledgement must wait for every copy that is in sync.
    pub(crate) fn wants_all_acks(self) -> bool {
        #[cfg(any(test, feature = "conformance"))]
        if self.acks_of_leader_only {
            return false;
        }
        true
    }
}
