//! `If-Match`, as RFC 9110 section 13.1.1 writes it: `*`, or a list of entity tags.

use axum::http::{HeaderMap, header};

use super::preconditions::{header_problem, text};
use crate::problem::Problem;

/// A parsed `If-Match`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IfMatch {
    /// No header, or `*`: any version will do. (That the resource must exist is asked of every write but a create.)
    Any,
    /// `"7"`, or `"7", "8"`: only one of these versions will do. A well-formed tag that no version of ours can have, such
    /// as a weak or a foreign one, is none; so a list of such tags is empty and never matches.
    Versions(Vec<u64>),
}

pub(super) fn read(headers: &HeaderMap) -> Result<IfMatch, Problem> {
    let mut lines = Vec::new();
    for value in headers.get_all(header::IF_MATCH) {
        lines.push(text(&header::IF_MATCH, value)?);
    }
    if lines.is_empty() || lines == ["*"] {
        return Ok(IfMatch::Any);
    }
    // A list may come in several lines, which are one (RFC 9110 section 5.3).
    let list = lines.join(",");
    let tags = tags(&list).filter(|tags| !tags.is_empty()).ok_or_else(|| {
        header_problem(&header::IF_MATCH, "must be entity tags such as \"3\" (with quotes, commas between them), or *")
    })?;
    // If-Match compares strongly, so a weak tag never matches.
    let strong = tags.iter().filter(|tag| !tag.weak);
    Ok(IfMatch::Versions(strong.filter_map(|tag| version(tag.opaque)).collect()))
}

struct Tag<'a> {
    opaque: &'a str,
    weak: bool,
}

/// The tags of a list; `None` where it is none. A tag may hold commas; a list may hold empty elements.
fn tags(mut rest: &str) -> Option<Vec<Tag<'_>>> {
    let mut tags = Vec::new();
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if rest.is_empty() {
            return Some(tags);
        }
        let (quoted, weak) = rest.strip_prefix("W/").map_or((rest, false), |tag| (tag, true));
        let (opaque, after) = quoted.strip_prefix('"')?.split_once('"')?;
        tags.push(Tag { opaque, weak });
        rest = after.trim_start_matches([' ', '\t']);
        if !rest.is_empty() && !rest.starts_with(',') {
            return None;
        }
    }
}

/// The version in a tag of ours, which is written in one way only.
fn version(opaque: &str) -> Option<u64> {
    opaque.parse().ok().filter(|version: &u64| version.to_string() == opaque)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    fn read_lines(lines: &[&str]) -> Option<IfMatch> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::IF_MATCH, HeaderValue::from_str(line).unwrap());
        }
        read(&headers).ok()
    }

    fn versions<const N: usize>(versions: [u64; N]) -> Option<IfMatch> {
        Some(IfMatch::Versions(versions.into()))
    }

    #[test]
    fn given_if_match_then_only_strong_numbers_of_ours_can_match() {
        for (text, expected) in [
            ("\"3\"", versions([3])),
            (" \"3\" ", versions([3])),
            ("*", Some(IfMatch::Any)),
            ("W/\"3\"", versions([])),
            ("\"03\"", versions([])),
            ("\"abc\"", versions([])),
            ("\"\"", versions([])),
            ("\"3\", \"4\"", versions([3, 4])),
            ("\"3\",W/\"4\" ,\"a,b\",\"5\"", versions([3, 5])),
            (", \"3\",,", versions([3])),
            ("3", None),
            ("\"3", None),
            ("\"3\" \"4\"", None),
            ("\"3\", 4", None),
            ("\"3\", *", None),
            ("*, *", None),
            ("w/\"3\"", None),
            (",", None),
            ("", None),
        ] {
            assert_eq!(read_lines(&[text]), expected, "If-Match: {text}");
        }
    }

    #[test]
    fn given_several_lines_then_they_are_one_list() {
        assert_eq!(read_lines(&["\"3\"", "\"4\""]), versions([3, 4]));
        assert_eq!(read_lines(&["\"3\"", "*"]), None);
        assert_eq!(read_lines(&[]), Some(IfMatch::Any));
    }

    proptest! {
        #[test]
        fn given_any_visible_text_then_never_a_panic(text in "[ -~]{0,40}") {
            let _answer = read_lines(&[&text]);
        }
    }
}
