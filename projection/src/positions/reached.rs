//! How far a projection is, and the token that says so.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, OnceLock};

use kafka_es::ConsistencyToken;

use super::{Offsets, merge_applied};

/// The last applied offsets, and the consistency token of answers from there: written once for each place, by the first who asks, as every
/// answer has it and a busy process answers many from one place.
#[derive(Debug, Clone, Default)]
pub struct Reached {
    offsets: Offsets,
    token: OnceLock<Arc<str>>,
}

impl Reached {
    /// What an answer from here shows.
    pub fn token(&self) -> Arc<str> {
        let write = || {
            let mut token = ConsistencyToken::new();
            merge_applied(&mut token, &self.offsets);
            token.to_string().into()
        };
        self.token.get_or_init(write).clone()
    }
}

impl From<Offsets> for Reached {
    fn from(offsets: Offsets) -> Self {
        Self { offsets, token: OnceLock::new() }
    }
}

impl Deref for Reached {
    type Target = Offsets;

    fn deref(&self) -> &Offsets {
        &self.offsets
    }
}

impl DerefMut for Reached {
    /// Whoever may change the offsets forgets the token.
    fn deref_mut(&mut self) -> &mut Offsets {
        self.token = OnceLock::new();
        &mut self.offsets
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(partition: i32) -> (String, i32) {
        ("task-events".to_owned(), partition)
    }

    #[test]
    fn given_a_place_when_asked_twice_then_the_token_is_written_once_and_after_a_change_it_is_another() {
        let mut reached = Reached::from(Offsets::from([(at(0), 7), (at(1), -1)]));
        let token = reached.token();
        assert_eq!(&*token, "task-events/0@7");
        assert!(Arc::ptr_eq(&token, &reached.token()));
        reached.insert(at(1), 3);
        assert_eq!(&*reached.token(), "task-events/0@7,task-events/1@3");
        assert_eq!(&*token, "task-events/0@7", "who has been told has been told");
    }

    #[test]
    fn given_nothing_applied_then_the_token_names_nothing() {
        assert_eq!(&*Reached::from(Offsets::from([(at(0), -1)])).token(), "");
    }
}
