//! The secret that a webhook's requests are signed with.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const PREFIX: &str = "whsec_";
const BYTES_MIN: usize = 24;
const BYTES_MAX: usize = 64;

/// A secret shared with the receiver, of 24 to 64 bytes. Its `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// Reads it as Standard Webhooks writes it: `whsec_` and its bytes in base64.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text.strip_prefix(PREFIX)?).ok()?;
        (BYTES_MIN..=BYTES_MAX).contains(&bytes.len()).then_some(Self(bytes))
    }

    /// The same text again; for where it is kept, and nowhere else.
    #[must_use]
    pub fn reveal(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.0))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_bytes(count: usize) -> String {
        format!("whsec_{}", STANDARD.encode(vec![7; count]))
    }

    #[test]
    fn given_24_to_64_bytes_when_parsed_then_the_same_text_again() {
        for count in [24, 25, 32, 64] {
            assert_eq!(Secret::parse(&of_bytes(count)).unwrap().reveal(), of_bytes(count));
        }
    }

    #[test]
    fn given_anything_else_when_parsed_then_none() {
        let without_prefix = STANDARD.encode([7; 24]);
        let url_safe = format!("whsec_{}", "-_".repeat(16));
        for text in ["", "whsec_", "whsec_a", &of_bytes(23), &of_bytes(65), &without_prefix, &url_safe] {
            assert_eq!(Secret::parse(text), None, "{text}");
        }
    }

    #[test]
    fn given_a_secret_when_formatted_for_a_log_then_not_in_it() {
        assert_eq!(format!("{:?}", Secret::parse(&of_bytes(24)).unwrap()), "Secret(…)");
    }
}
