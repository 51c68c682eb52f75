//! Content lines (RFC 5545 section 3.1): a name, parameters and a value, folded and escaped.

use std::borrow::Cow;

use crate::ReadError;

/// Bytes of a line, its end not counted.
const LINE_MAX_BYTES: usize = 75;

/// A content line that was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Line {
    /// In upper case.
    pub(super) name: String,
    /// Names in upper case; values without their quotes.
    params: Vec<(String, String)>,
    /// As it stands there, escaped.
    pub(super) value: String,
}

impl Line {
    pub(super) fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// Reads a line; `None` where it is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (name, mut rest) = text.split_at(text.find([';', ':'])?);
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if name.is_empty() || !name.chars().all(is_name) {
            return None;
        }
        let mut params = Vec::new();
        while let Some(param) = rest.strip_prefix(';') {
            let (key, value) = param.split_once('=')?;
            let end = end_of_param(value)?;
            params.push((key.to_ascii_uppercase(), unquoted(&value[..end])));
            rest = &value[end..];
        }
        Some(Self { name: name.to_ascii_uppercase(), params, value: rest.strip_prefix(':')?.to_owned() })
    }
}

/// Where a parameter's value ends: at the next `;` or `:` outside of quotes.
fn end_of_param(value: &str) -> Option<usize> {
    let mut quoted = false;
    value.bytes().position(|byte| {
        quoted ^= byte == b'"';
        !quoted && matches!(byte, b';' | b':')
    })
}

/// Without quotes, and with what RFC 6868 writes with `^`.
fn unquoted(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut chars = value.chars().filter(|c| *c != '"').peekable();
    while let Some(c) = chars.next() {
        let meant = match (c, chars.peek()) {
            ('^', Some('n')) => '\n',
            ('^', Some('\'')) => '"',
            ('^', Some('^')) => '^',
            _ => {
                text.push(c);
                continue;
            }
        };
        text.push(meant);
        chars.next();
    }
    text
}

/// The lines of a file, unfolded, each with the number of its first line. Unfolded first and read as text then: a fold may cut a
/// character.
///
/// # Errors
/// A line is not UTF-8.
pub(super) fn unfold(bytes: &[u8]) -> Result<Vec<(usize, String)>, ReadError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut lines: Vec<(usize, Vec<u8>)> = Vec::new();
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match (line, lines.last_mut()) {
            ([b' ' | b'\t', rest @ ..], Some((_, before))) => before.extend(rest),
            _ => lines.push((index + 1, line.to_vec())),
        }
    }
    let text = |(number, line)| match String::from_utf8(line) {
        Ok(text) => Ok((number, text)),
        Err(_) => Err(ReadError::new(number, "is not UTF-8; save the file as UTF-8")),
    };
    lines.into_iter().map(text).collect()
}

/// A TEXT value as it is meant. A backslash before what needs none stays.
pub(super) fn unescape(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut chars = value.chars().peekable();
    while let Some(c) = chars.next() {
        let meant = match (c, chars.peek()) {
            ('\\', Some('n' | 'N')) => '\n',
            ('\\', Some(escaped @ ('\\' | ';' | ',' | ':' | '"'))) => *escaped,
            _ => {
                text.push(c);
                continue;
            }
        };
        text.push(meant);
        chars.next();
    }
    text
}

/// The items of a list of TEXTs, still escaped.
pub(super) fn items(value: &str) -> Vec<&str> {
    let mut escaped = false;
    let is_comma = |c: char| {
        let comma = c == ',' && !escaped;
        escaped = c == '\\' && !escaped;
        comma
    };
    value.split(is_comma).collect()
}

/// A text as a TEXT value: what has a meaning there escaped, and without what is forbidden there.
pub(super) fn escape(text: &str) -> String {
    let lines: Cow<'_, str> =
        if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n").into() } else { text.into() };
    let mut value = String::with_capacity(lines.len());
    for c in lines.chars() {
        match c {
            '\\' | ';' | ',' => value.extend(['\\', c]),
            '\n' => value.push_str("\\n"),
            '\t' => value.push(c),
            c if c.is_ascii_control() => {}
            c => value.push(c),
        }
    }
    value
}

/// Writes a line, cut between characters so that no part is too long. Parts after the first begin with a space, which readers
/// take away.
pub(super) fn fold(line: &str, out: &mut String) {
    let (mut rest, mut room) = (line, LINE_MAX_BYTES);
    while rest.len() > room {
        let (part, later) = rest.split_at(rest.floor_char_boundary(room));
        out.extend([part, "\r\n "]);
        (rest, room) = (later, LINE_MAX_BYTES - 1);
    }
    out.extend([rest, "\r\n"]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn given_a_line_with_parameters_when_parsed_then_quotes_hide_what_ends_them() {
        let line = Line::parse("due;tzid=\"A:b;c\";X-A=1,\"2\";X-B=^'q^'^n^^:2026:x").unwrap();
        assert_eq!((line.name.as_str(), line.value.as_str()), ("DUE", "2026:x"));
        assert_eq!([line.param("TZID"), line.param("X-A"), line.param("VALUE")], [Some("A:b;c"), Some("1,2"), None]);
        assert_eq!(line.param("X-B"), Some("\"q\"\n^"));
        for text in ["", "SUMMARY", ":x", "a b:c", "DUE;TZID", "DUE;TZID=x", "DUE;TZID=\"x:y", "é:x"] {
            assert_eq!(Line::parse(text), None, "{text}");
        }
    }

    #[test]
    fn given_a_character_cut_by_a_fold_when_unfolded_then_it_is_whole() {
        let lines = unfold(b"\xef\xbb\xbfSUMMARY:a\xc3\r\n \xa9b\nX:1\n\t2\n").unwrap();
        assert_eq!(lines, [(1, "SUMMARY:aéb".to_owned()), (3, "X:12".to_owned()), (5, String::new())]);
        assert_eq!(unfold(b"A:b\nSUMMARY:\xfc\n").unwrap_err().line, 2);
    }

    #[test]
    fn given_escapes_of_all_kinds_when_read_then_what_is_meant() {
        assert_eq!(unescape(r#"a\, b\; c\\n\nd\N\"e\" C:\dir \"#), "a, b; c\\n\nd\n\"e\" C:\\dir \\");
        assert_eq!(items(r"a\,b,c\\,,d"), [r"a\,b", r"c\\", "", "d"]);
        assert_eq!(escape("a\r\nb\rc\u{7}\td"), "a\\nb\\nc\td");
    }

    proptest! {
        #[test]
        fn given_any_text_when_escaped_folded_and_read_back_then_the_same(text in "[^\\p{Cc}]{0,200}(\n[^\\p{Cc}]{0,80}){0,3}") {
            prop_assert_eq!(unescape(&escape(&text)), text.clone());
            let mut out = String::new();
            fold(&format!("SUMMARY:{}", escape(&text)), &mut out);
            prop_assert!(out.split("\r\n").all(|line| line.len() <= LINE_MAX_BYTES));
            let lines = unfold(out.as_bytes()).unwrap();
            prop_assert_eq!(unescape(&Line::parse(&lines[0].1).unwrap().value), text);
        }

        #[test]
        fn given_any_tags_when_written_as_a_list_and_read_back_then_the_same(tags in prop::collection::vec("[^\\p{Cc}]{1,9}", 1..5)) {
            let list = tags.iter().map(|tag| escape(tag)).collect::<Vec<_>>().join(",");
            prop_assert_eq!(items(&list).into_iter().map(unescape).collect::<Vec<_>>(), tags);
        }

        #[test]
        fn given_any_text_when_parsed_then_never_a_panic(text in any::<String>(), line in "[A-Z]{1,3}[;:=\",^n'\\\\a]{0,20}") {
            for text in [text, line] {
                let _answer = (Line::parse(&text), unescape(&text), items(&text), unfold(text.as_bytes()));
            }
        }
    }
}
