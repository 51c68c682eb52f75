//! The bounds of each run: small enough to see every interleaving, each with the thing that it is about.

use crate::client::{Command, Wish};
use crate::properties::*;
use crate::state::Bounds;

const BASE: Bounds = Bounds {
    writers: 2,
    streams: 1,
    commands: &[],
    calls: 1,
    retries: 9,
    crashes: 0,
    copies: 0,
    foreign: 0,
    skips: 0,
    blind_acks: false,
    barrier_records: false,
    witnesses: &[],
};

/// Three writers race for one stream.
pub(crate) const RACE: Bounds = Bounds {
    writers: 3,
    commands: &[Command::new(Wish::Any), Command::new(Wish::At(1)), Command::new(Wish::Below(2))],
    witnesses: &[RACE_RETRIED, BARRIER_BRINGS_NEWS, REFUSED, VOID, ZOMBIE_WINS, OFFSET_GAP],
    ..BASE
};

/// A writer crashes, and clients ask again.
pub(crate) const CRASH: Bounds = Bounds {
    commands: &[Command::new(Wish::Any), Command::new(Wish::At(1))],
    calls: 2,
    crashes: 1,
    witnesses: &[BARRIER_BRINGS_NEWS, REFUSED, REPLAYED, REPLAYED_AFTER_CRASH, VOID, ZOMBIE_WINS],
    ..BASE
};

/// Records land twice, and clients ask again.
pub(crate) const COPIES: Bounds = Bounds {
    commands: &[Command::new(Wish::Any), Command::new(Wish::Below(1))],
    calls: 2,
    copies: 1,
    witnesses: &[REPLAYED, TWICE, VOID, OFFSET_GAP],
    ..BASE
};

/// A barrier is a record of its own.
pub(crate) const BARRIER: Bounds = Bounds {
    commands: &[Command::new(Wish::Any), Command::new(Wish::At(1)), Command::new(Wish::Below(1))],
    barrier_records: true,
    witnesses: &[BARRIER_BRINGS_NEWS, REFUSED, TWICE, VOID],
    ..BASE
};

/// A command is given to two writers at once, among others.
pub(crate) const TWINS: Bounds = Bounds {
    writers: 3,
    commands: &[
        Command::new(Wish::Any),
        Command { twin_of: Some(0), ..Command::new(Wish::Any) },
        Command::new(Wish::Any),
    ],
    witnesses: &[RACE_RETRIED, REPLAYED, TWICE, VOID],
    ..BASE
};

/// Acknowledgements lack their offset while records land twice and a third command comes between.
pub(crate) const BLIND: Bounds = Bounds {
    commands: &[Command::new(Wish::Any), Command::new(Wish::At(1)), Command::new(Wish::Any)],
    blind_acks: true,
    witnesses: &[RACE_RETRIED, BARRIER_BRINGS_NEWS, VOID, OFFSET_GAP],
    ..BASE
};

/// Two streams share the partition with a foreign record, and one command makes two events.
pub(crate) const STREAMS: Bounds = Bounds {
    streams: 2,
    commands: &[
        Command { events: 2, ..Command::new(Wish::Any) },
        Command::new(Wish::Below(2)),
        Command { stream: 1, ..Command::new(Wish::Any) },
    ],
    foreign: 1,
    witnesses: &[RACE_RETRIED, REFUSED, VOID, OFFSET_GAP],
    ..BASE
};

/// Another program writes an event that skips a sequence.
pub(crate) const SKIP: Bounds = Bounds {
    commands: &[Command::new(Wish::Any), Command::new(Wish::Below(1))],
    crashes: 1,
    skips: 1,
    witnesses: &[STOPPED, VOID, REFUSED],
    ..BASE
};

/// No record is sent again after it lost, as with cqrs-es's own `commit`.
pub(crate) const CONFLICT: Bounds = Bounds {
    commands: &[Command::new(Wish::Any), Command::new(Wish::Any)],
    retries: 0,
    copies: 1,
    blind_acks: true,
    witnesses: &[TWICE, VOID],
    ..BASE
};

/// The same, and who is told of a conflict asks again.
pub(crate) const CONFLICT_AGAIN: Bounds =
    Bounds { calls: 2, copies: 0, blind_acks: false, witnesses: &[REPLAYED, CONFLICT_THEN_COMMITTED], ..CONFLICT };

/// A rule that looks at the clock.
pub(crate) const CLOCK: Bounds = Bounds { commands: &[Command::new(Wish::InTime)], calls: 2, ..BASE };
