//! The rule: of two records that claim the same stream and sequence, the first one in the log is the event.
//!
//! A pure function of the log. Knows nothing of Kafka, of time, or of who wrote the record.

/// What a record is, judged against its stream's sequence at that point of the log.
///
/// ```
/// use kafka_es::rule::{Verdict, judge};
///
/// // A partition folded by hand: the sequences that records of one stream claim, in the order of the log.
/// let mut head = 0;
/// let mut events = Vec::new();
/// for (offset, first) in [1, 2, 2, 3].into_iter().enumerate() {
///     match judge(head, first) {
///         Verdict::Accepted => {
///             head = first;
///             events.push(offset);
///         }
///         Verdict::Void => {}
///         Verdict::Gap { expected } => panic!("{first} where {expected} was expected: the log is not whole"),
///     }
/// }
/// assert_eq!(events, [0, 1, 3], "the record at offset 2 came second");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The record continues its stream: its events are part of the stream from now on.
    Accepted,
    /// Another record took that sequence first. The record has no effect, now or ever.
    Void,
    /// The record claims a sequence that cannot be next: the log lost something, or a foreign program wrote it.
    Gap {
        /// The sequence that the stream expected.
        expected: u64,
    },
}

/// Judges a record whose first event carries the sequence `first` (from 1), in a stream whose sequence is `head`
/// (0 when it has no event yet).
///
/// ```
/// use kafka_es::rule::{Verdict, judge};
/// assert_eq!(judge(0, 1), Verdict::Accepted);
/// assert_eq!(judge(3, 3), Verdict::Void);
/// assert_eq!(judge(3, 5), Verdict::Gap { expected: 4 });
/// ```
pub fn judge(head: u64, first: u64) -> Verdict {
    let expected = head.saturating_add(1);
    match first.cmp(&expected) {
        std::cmp::Ordering::Equal => Verdict::Accepted,
        std::cmp::Ordering::Less => Verdict::Void,
        std::cmp::Ordering::Greater => Verdict::Gap { expected },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn given_a_stream_at_three_when_four_comes_then_it_is_accepted() {
        assert_eq!(judge(3, 4), Verdict::Accepted);
    }

    #[test]
    fn given_a_stream_at_three_when_an_old_sequence_comes_then_it_is_void() {
        assert_eq!(judge(3, 3), Verdict::Void);
        assert_eq!(judge(3, 1), Verdict::Void);
    }

    #[test]
    fn given_a_stream_at_three_when_five_comes_then_it_is_a_gap() {
        assert_eq!(judge(3, 5), Verdict::Gap { expected: 4 });
        assert_eq!(judge(0, 2), Verdict::Gap { expected: 1 });
    }

    proptest! {
        #[test]
        fn given_any_log_when_folded_then_the_accepted_sequences_are_one_two_three(claims in proptest::collection::vec(1u64..12, 0..80)) {
            let mut head = 0;
            let mut accepted = Vec::new();
            for first in claims {
                if judge(head, first) == Verdict::Accepted {
                    head = first;
                    accepted.push(first);
                }
            }
            let wanted: Vec<u64> = (1..=head).collect();
            prop_assert_eq!(accepted, wanted);
        }
    }
}
