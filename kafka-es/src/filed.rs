//! Which commands of a stream are filed away in rows of their own: spares a new command the look for its id on the disk.

use std::collections::HashSet;
use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use foldhash::fast::{FixedState, RandomState};

use crate::state::{Command, Commands, mark};

/// So many are remembered by a mark each, in a list that is copied when others are added.
const FEW: usize = 256;

/// The commands of a stream that no longer stand in the stream's own row.
#[derive(Clone, Debug, Default)]
pub(crate) enum Filed {
    /// There are none.
    #[default]
    None,
    /// 16 bits of each id's hash. Two may have the same, which costs a look at the disk, nothing else.
    Few(Arc<[u16]>),
    /// Shared by all later states of the stream: it only grows, and knowing too much costs a look at the disk as well.
    Many {
        known: Arc<Mutex<Known>>,
        /// What is known took so much memory when this value was made: a cache must find the same weight whenever it asks.
        bytes: usize,
    },
}

/// What is known of many.
#[derive(Debug)]
pub(crate) struct Known {
    /// Hashes of their ids.
    ids: HashSet<u64, RandomState>,
    /// False while there may be others.
    all: bool,
}

impl Filed {
    /// There are some, and it is not known which.
    pub(crate) fn unknown() -> Self {
        Self::many(Arc::new(Mutex::new(Known { ids: HashSet::default(), all: false })))
    }

    fn many(known: Arc<Mutex<Known>>) -> Self {
        // A hash set keeps room for as many again, and a byte beside each.
        let bytes = size_of::<Known>() + 2 * lock(&known).ids.len() * (size_of::<u64>() + 1);
        Self::Many { known, bytes }
    }

    /// True when there are any.
    pub(crate) fn any(&self) -> bool {
        !matches!(self, Self::None)
    }

    /// These, and the ones that are filed away now.
    pub(crate) fn and(&self, commands: &Commands) -> Self {
        match self {
            Self::None => Self::Few(commands.marks().into()),
            Self::Few(marks) if marks.len() < FEW => Self::Few(marks.iter().chain(commands.marks()).copied().collect()),
            // Which they are is on the disk, and is read when it is needed first.
            Self::Few(_) => Self::unknown(),
            Self::Many { known, .. } => {
                lock(known).ids.extend(commands.in_order().map(|command| hash(&command.id)));
                Self::many(known.clone())
            }
        }
    }

    /// False when the command is surely not among them.
    pub(crate) fn may_hold(&self, id: &str) -> bool {
        match self {
            Self::None => false,
            Self::Few(marks) => marks.contains(&mark(id)),
            Self::Many { known, .. } => {
                let known = lock(known);
                !known.all || known.ids.contains(&hash(id))
            }
        }
    }

    /// Takes in all that are filed away now.
    pub(crate) fn learn(&self, commands: &[Command]) {
        if let Self::Many { known, .. } = self {
            let mut known = lock(known);
            known.ids.extend(commands.iter().map(|command| hash(&command.id)));
            known.all = true;
        }
    }

    /// About what they take in memory.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::None => 0,
            Self::Few(marks) => size_of_val(&**marks),
            Self::Many { bytes, .. } => *bytes,
        }
    }
}

fn lock(known: &Mutex<Known>) -> MutexGuard<'_, Known> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}

fn hash(id: &str) -> u64 {
    FixedState::default().hash_one(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::KEPT;
    use proptest::prelude::*;

    fn command(id: &str) -> Command {
        Command { id: id.to_owned(), sequence: 1, events: 1, offset: 0, fingerprint: None }
    }

    fn filed(before: &Filed, ids: &[String]) -> Filed {
        let together = ids.chunks(KEPT).map(|ids| ids.iter().map(|id| command(id)).collect::<Commands>());
        together.fold(before.clone(), |filed, commands| filed.and(&commands))
    }

    proptest! {
        #[test]
        fn given_any_commands_when_filed_then_none_of_them_is_ruled_out(ids in proptest::collection::vec(".{0,12}", 0..2 * FEW), on_disk in 0..2 * FEW) {
            let (on_disk, later) = ids.split_at(on_disk.min(ids.len()));
            let from_disk = Filed::unknown();
            let after = filed(&from_disk, later);
            prop_assert!(after.may_hold("anything"));
            from_disk.learn(&on_disk.iter().map(|id| command(id)).collect::<Vec<_>>());
            let from_the_start = filed(&Filed::default(), &ids);
            prop_assert!(ids.iter().all(|id| after.may_hold(id) && from_disk.may_hold(id) && from_the_start.may_hold(id)));
        }
    }

    #[test]
    fn given_a_stream_from_its_first_event_on_when_others_come_then_nearly_all_are_ruled_out() {
        assert!(!Filed::default().may_hold("a") && !Filed::default().any());
        let ids: Vec<String> = (0..FEW).map(|n| format!("old-{n}")).collect();
        let filed = filed(&Filed::default(), &ids);
        let doubted = (0..1000).filter(|n| filed.may_hold(&format!("new-{n}"))).count();
        assert!(doubted < 50, "{doubted} of 1000");
        assert!(filed.any() && filed.bytes() > 0);
    }

    #[test]
    fn given_a_stream_from_the_disk_when_its_commands_were_read_then_others_are_ruled_out() {
        let filed = Filed::unknown();
        let bytes = filed.bytes();
        assert!(filed.may_hold("c"));
        filed.learn(&[command("a")]);
        assert!(filed.may_hold("a") && !filed.may_hold("c"));
        assert_eq!(filed.bytes(), bytes, "weighed again, it is as heavy as before");
    }
}
