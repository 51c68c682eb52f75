//! Text as files hold it: its encoding, and what of it fits where.

use domain::text::is_visible;

use crate::ReadError;

/// The text of a file, without a byte order mark.
///
/// # Errors
/// It is not UTF-8; with the line.
pub(crate) fn utf8(bytes: &[u8]) -> Result<&str, ReadError> {
    let text = str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        ReadError::new(line, "is not UTF-8; save the file as UTF-8")
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// As one line: each line break and control character a space. Text that is one line stays as it is.
pub(crate) fn one_line(text: &str) -> String {
    let is_break = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    text.replace("\r\n", "\n").chars().map(|c| if is_break(c) { ' ' } else { c }).collect()
}

/// Whether there is nothing to see.
pub(crate) fn is_blank(text: &str) -> bool {
    !text.chars().any(is_visible)
}

/// At most so many characters, the last one `…` where some were cut.
pub(crate) fn shortened(text: &str, max_chars: usize) -> String {
    if text.chars().count() <= max_chars {
        return text.to_owned();
    }
    text.chars().take(max_chars.saturating_sub(1)).chain(['…']).collect()
}

/// As a report shows it: one line, which does nothing to a terminal, and not too long.
pub(crate) fn shown(text: &str, max_chars: usize) -> String {
    shortened(&one_line(text), max_chars)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_bytes_that_are_no_text_when_read_then_their_line_is_named() {
        assert_eq!(utf8(b"\xef\xbb\xbfx"), Ok("x"));
        assert_eq!(utf8(b"a\nb\nGr\xfc\xdfe").unwrap_err().line, 3);
    }

    #[test]
    fn given_text_when_shortened_then_only_what_is_too_long() {
        assert_eq!((shortened("äöü", 3), shortened("äöüß", 3)), ("äöü".to_owned(), "äö…".to_owned()));
        assert_eq!(one_line("a\r\nb\u{2028}c"), "a b c");
        assert_eq!(shown("\u{1b}[2J\nxyz", 5), " [2J…");
    }
}
