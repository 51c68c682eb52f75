//! One delivery of a reminder over one channel: its id, and what came of an attempt.

use std::time::Duration;

use uuid::Uuid;

/// What came of one attempt. Each `why` is a few words for the owner of the channel, without a secret or a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The receiver has it.
    Delivered,
    /// It may work later.
    Retry {
        /// What went wrong.
        why: String,
        /// How long the receiver asks to be left alone, within bounds.
        after: Option<Duration>,
    },
    /// This delivery never works; the next one may.
    Refused {
        /// What went wrong.
        why: String,
    },
    /// The receiver wants nothing any more: the channel is to be disabled.
    Gone {
        /// What it said.
        why: String,
    },
}

impl Outcome {
    /// Something to try again, at the time that the schedule says.
    pub(crate) fn retry(why: impl Into<String>) -> Self {
        Self::Retry { why: why.into(), after: None }
    }

    /// What went wrong; nothing where it was delivered.
    #[must_use]
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Delivered => None,
            Self::Retry { why, .. } | Self::Refused { why } | Self::Gone { why } => Some(why),
        }
    }
}

/// The id of the delivery of the event with CloudEvents id `event_id` over the channel with [`id`](crate::Channel::id)
/// `channel`.
#[must_use]
pub fn delivery_id(channel: Uuid, event_id: &str) -> Uuid {
    Uuid::new_v5(&channel, event_id.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_the_same_event_and_channel_when_asked_again_then_the_same_id_and_another_for_any_other() {
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert_eq!(delivery_id(one, "default/r@4"), delivery_id(one, "default/r@4"));
        assert_ne!(delivery_id(one, "default/r@4"), delivery_id(other, "default/r@4"));
        assert_ne!(delivery_id(one, "default/r@4"), delivery_id(one, "default/r@5"));
    }
}
