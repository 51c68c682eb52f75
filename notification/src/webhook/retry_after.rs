//! The header `Retry-After`.

use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};

use crate::backoff::ASKED_MAX;

/// How long from `at` the header asks to wait: in seconds or until a date, at most [`ASKED_MAX`]; nothing where it says neither,
/// or a date that is past.
pub(super) fn parse(header: &str, at: DateTime<Utc>) -> Option<Duration> {
    let header = header.trim();
    let wait = if !header.is_empty() && header.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than a number holds are a long time all the same.
        header.parse().map_or(ASKED_MAX, Duration::from_secs)
    } else {
        httpdate::parse_http_date(header).ok()?.duration_since(SystemTime::from(at)).ok()?
    };
    Some(wait.min(ASKED_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_seconds_or_a_date_when_parsed_then_the_wait_within_bounds() {
        let at = DateTime::parse_from_rfc3339("2026-12-01T08:00:00Z").unwrap().to_utc();
        let seconds = |header| parse(header, at).map(|wait| wait.as_secs());
        assert_eq!(seconds("120"), Some(120));
        assert_eq!(seconds(" 0 "), Some(0));
        assert_eq!(seconds("Tue, 01 Dec 2026 08:02:00 GMT"), Some(120));
        assert_eq!(seconds("Tue, 01 Dec 2026 07:59:00 GMT"), None);
        assert_eq!(seconds("Tue, 01 Dec 2099 08:00:00 GMT"), Some(24 * 3600));
        assert_eq!(seconds("99999999999999999999999999"), Some(24 * 3600));
        for odd in ["", "-5", "1.5", "soon", "+3"] {
            assert_eq!(seconds(odd), None, "{odd}");
        }
    }
}
