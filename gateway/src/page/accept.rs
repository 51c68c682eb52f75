//! What a client says it takes.

use axum::http::header::{ACCEPT, ACCEPT_ENCODING};
use axum::http::{HeaderMap, HeaderName};

/// Whether HTML will do: it, or a range it falls into, is in `Accept`, or there is none.
pub(super) fn takes_html(headers: &HeaderMap) -> bool {
    if !headers.contains_key(ACCEPT) {
        return true;
    }
    // The range that says most decides (RFC 9110 section 12.5.1).
    ["text/html", "text/*", "*/*"]
        .iter()
        .find_map(|range| weight(headers, &ACCEPT, range))
        .is_some_and(|weight| weight > 0)
}

/// Whether HTML is asked for by its name, as browsers do when a person opens a page, and hardly anyone else.
pub(super) fn names_html(headers: &HeaderMap) -> bool {
    weight(headers, &ACCEPT, "text/html").is_some_and(|weight| weight > 0)
}

/// How much the client would like the content coding, in thousandths; 0 is not at all.
pub(super) fn coding(headers: &HeaderMap, coding: &str) -> u16 {
    [coding, "*"].iter().find_map(|name| weight(headers, &ACCEPT_ENCODING, name)).unwrap_or(0)
}

/// The weight of an entry in a list such as `br;q=0.8, *;q=0.1`, in thousandths.
fn weight(headers: &HeaderMap, name: &HeaderName, wanted: &str) -> Option<u16> {
    let lines = headers.get_all(name).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).find_map(|entry| {
        let mut parts = entry.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(wanted));
        named.then(|| parts.find_map(quality).unwrap_or(1_000))
    })
}

/// The weight that a parameter says; one that cannot be read is none.
fn quality(parameter: &str) -> Option<u16> {
    let (name, value) = parameter.split_once('=')?;
    let value: f32 = name.trim().eq_ignore_ascii_case("q").then(|| value.trim().parse().unwrap_or(0.0))?;
    Some((value.clamp(0.0, 1.0) * 1_000.0) as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    #[test]
    fn given_accept_then_html_is_taken_by_any_range_and_named_by_itself_alone() {
        for (accept, takes, names) in [
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", true, true),
            ("Text/HTML; charset=utf-8 ; Q=0.1", true, true),
            ("*/*", true, false),
            ("text/*;q=0.5", true, false),
            ("application/json", false, false),
            ("application/json, text/plain, */*", true, false),
            ("text/html;q=0, */*", false, false),
            ("text/html;q=none", false, false),
            ("", false, false),
        ] {
            let headers = headers(ACCEPT, accept);
            assert_eq!((takes_html(&headers), names_html(&headers)), (takes, names), "{accept}");
        }
        assert!(takes_html(&HeaderMap::new()) && !names_html(&HeaderMap::new()));
    }

    #[test]
    fn given_accept_encoding_then_its_own_weight_goes_before_that_of_the_rest() {
        for (accept, br, gzip) in [
            ("gzip, deflate, br, zstd", 1_000, 1_000),
            ("gzip;q=0.5, *;q=0.1", 100, 500),
            ("br;q=0, *", 0, 1_000),
            ("identity", 0, 0),
            ("gzip;q=2", 0, 1_000),
        ] {
            let headers = headers(ACCEPT_ENCODING, accept);
            assert_eq!((coding(&headers, "br"), coding(&headers, "gzip")), (br, gzip), "{accept}");
        }
    }
}
