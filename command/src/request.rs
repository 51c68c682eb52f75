//! What every write takes besides its body, and what of it the event store is to expect.

use kafka_es::Expected;

pub use platform::http::{IDEMPOTENCY_KEY_MAX_CHARS, IfMatch, Preconditions, fingerprint};

/// What the event store is to expect of the stream at first; see [`Preconditions::allow`].
#[must_use]
pub fn expected(preconditions: &Preconditions) -> Expected {
    match &preconditions.if_match {
        IfMatch::Any => Expected::Any,
        // No stream reaches the last version there could be: a sequence counts single events from 1.
        IfMatch::Versions(versions) => Expected::Version(versions.first().copied().unwrap_or(u64::MAX)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_a_list_of_versions_then_the_first_is_expected() {
        let expected = |if_match| expected(&Preconditions { if_match, idempotency_key: None, part_of: None });
        assert_eq!(expected(IfMatch::Any), Expected::Any);
        assert_eq!(expected(IfMatch::Versions(vec![3, 5])), Expected::Version(3));
        assert_eq!(expected(IfMatch::Versions(Vec::new())), Expected::Version(u64::MAX));
    }
}
