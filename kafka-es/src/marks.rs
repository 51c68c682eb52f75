//! Which commands a stream certainly does not hold: spares a new command the look for its own id on the disk.

use std::hash::{DefaultHasher, Hash, Hasher};

/// More are not remembered: each is copied with the stream's state.
const MOST: usize = 256;

/// A mark of each command of a stream since its first event, or nothing where some of them were not seen.
///
/// A mark is 16 bits of a hash. Two commands may have the same one, which costs a look at the disk, nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Marks(Option<Box<[u16]>>);

impl Marks {
    /// Those of a stream without events.
    pub(crate) fn of_an_empty_stream() -> Self {
        Self(Some(Box::default()))
    }

    /// Those of a stream that was read from the disk.
    pub(crate) fn unknown() -> Self {
        Self(None)
    }

    /// These, and one more command's.
    pub(crate) fn with(&self, command_id: &str) -> Self {
        let seen = self.0.as_deref().filter(|seen| seen.len() < MOST);
        Self(seen.map(|seen| seen.iter().copied().chain([mark(command_id)]).collect()))
    }

    /// False when the command is surely not in the stream.
    pub(crate) fn may_hold(&self, command_id: &str) -> bool {
        self.0.as_ref().is_none_or(|seen| seen.contains(&mark(command_id)))
    }

    /// What they take in memory, beside this struct itself.
    pub(crate) fn bytes(&self) -> usize {
        self.0.as_deref().map_or(0, size_of_val)
    }
}

fn mark(command_id: &str) -> u16 {
    let mut hasher = DefaultHasher::new();
    command_id.hash(&mut hasher);
    let [high, low, ..] = hasher.finish().to_be_bytes();
    u16::from_be_bytes([high, low])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn given_any_commands_when_marked_then_none_of_them_is_ruled_out(ids in proptest::collection::vec(".{0,12}", 0..2 * MOST)) {
            let marks = ids.iter().fold(Marks::of_an_empty_stream(), |marks, id| marks.with(id));
            prop_assert!(ids.iter().all(|id| marks.may_hold(id)));
            prop_assert!(marks.bytes() <= 2 * MOST);
        }
    }

    #[test]
    fn given_few_commands_when_another_comes_then_it_is_ruled_out() {
        let marks = (0..MOST).fold(Marks::of_an_empty_stream(), |marks, n| marks.with(&format!("old-{n}")));
        let doubted = (0..1000).filter(|n| marks.may_hold(&format!("new-{n}"))).count();
        assert!(doubted < 50, "{doubted} of 1000");
    }

    #[test]
    fn given_a_stream_from_the_disk_when_commands_come_then_none_is_ever_ruled_out() {
        let marks = Marks::unknown().with("a").with("b");
        assert!(marks.may_hold("a") && marks.may_hold("c"));
        assert_eq!(marks, Marks::unknown());
    }

    #[test]
    fn given_more_commands_than_are_remembered_when_asked_then_none_is_ruled_out() {
        let marks = (0..=MOST).fold(Marks::of_an_empty_stream(), |marks, n| marks.with(&n.to_string()));
        assert_eq!(marks, Marks::unknown());
    }
}
