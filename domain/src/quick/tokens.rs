//! A line of text cut into words, each with its place in the text.

use crate::limits::TITLE_MAX_CHARS;

/// A word, in lower case and without the punctuation around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// First byte of it in the text.
    pub(super) start: usize,
    /// Behind its last byte.
    pub(super) end: usize,
    /// In lower case; empty where it is quoted or escaped and so never means anything.
    pub(super) word: String,
    /// Punctuation behind it, or a bracket: what stands there belongs to another clause.
    pub(super) stops: bool,
    /// A single `!` behind it, as in `every!`.
    pub(super) bang: bool,
    /// It ends in the dot of `27.1.` or `p.m.`, which is a part of it and not of its word.
    pub(super) dot: bool,
    /// A backslash stands before it that is no part of the title.
    pub(super) escaped: bool,
}

/// Names before a colon that Taskwarrior calls attributes.
const ATTRIBUTES: &[&str] = &["due:", "recur:", "until:", "priority:", "pri:", "remind:"];

/// Cuts `text` into words.
pub(super) fn cut(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let blank = rest.len() - rest.trim_start().len();
        if blank > 0 {
            at += blank;
        } else if let Some(length) = quoted(rest) {
            tokens.push(plain(at, at + length, false));
            at += length;
        } else {
            let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
            cut_chunk(text, at, at + length, &mut tokens);
            at += length;
        }
    }
    tokens
}

/// Length of the quoted part that `rest` begins with, quotes included. A quote that nothing closes is none.
fn quoted(rest: &str) -> Option<usize> {
    let closing = match rest.chars().next()? {
        '"' => '"',
        '“' => '”',
        '„' => '“',
        _ => return None,
    };
    // What is longer is no title, so that the search for the end has one itself.
    let (inside, _) = rest.char_indices().skip(1).take(TITLE_MAX_CHARS).find(|(_, c)| *c == closing)?;
    Some(inside + closing.len_utf8())
}

fn plain(start: usize, end: usize, escaped: bool) -> Token {
    Token { start, end, word: String::new(), stops: false, bang: false, dot: false, escaped }
}

/// Cuts what stands between two spaces.
fn cut_chunk(text: &str, start: usize, end: usize, tokens: &mut Vec<Token>) {
    let chunk = &text[start..end];
    if chunk.len() > 1 && chunk.starts_with('\\') && !chunk.starts_with("\\\\") {
        tokens.push(plain(start, end, true));
        return;
    }
    // An address of the web or of mail is one word, whatever stands in it.
    if chunk.contains("://")
        || chunk.find('@').is_some_and(|at| at > 0 && chunk.as_bytes()[at - 1].is_ascii_alphanumeric())
    {
        tokens.push(plain(start, end, false));
        return;
    }
    let is_tag = chunk.starts_with(['#', '@', '+']);
    let separates = |c: char| matches!(c, ',' | ';') || (!is_tag && matches!(c, '(' | ')' | '[' | ']' | '&'));
    let mut from = start;
    for (offset, c) in chunk.char_indices().filter(|(_, c)| separates(*c)) {
        let at = start + offset;
        cut_word(text, from, at, tokens);
        if c == '&' {
            tokens.push(Token { word: "&".to_owned(), ..plain(at, at + 1, false) });
        } else if let Some(last) = tokens.last_mut() {
            last.stops = true;
        }
        from = at + c.len_utf8();
    }
    cut_word(text, from, end, tokens);
}

/// Adds the word between two separators, which a sign or an attribute's name before it may make two words.
fn cut_word(text: &str, start: usize, end: usize, tokens: &mut Vec<Token>) {
    let mut start = start;
    loop {
        let raw = &text[start..end];
        let head = head_length(raw);
        if head == 0 || head == raw.len() {
            break;
        }
        let word = raw[..head].to_ascii_lowercase();
        tokens.push(Token { word, ..plain(start, start + head, false) });
        start += head;
    }
    let raw = &text[start..end];
    let bare = raw.trim_end_matches(['.', '!', '?', ':', '…']);
    if bare.is_empty() || ATTRIBUTES.contains(&raw.to_ascii_lowercase().as_str()) {
        // A sign that stands alone, such as `@` and `!`, may mean something.
        if !raw.is_empty() {
            tokens.push(Token { word: raw.to_lowercase(), ..plain(start, end, false) });
        }
        return;
    }
    let dot = raw[bare.len()..].starts_with('.') && (is_day_and_month(bare) || bare.ends_with(".m"));
    let length = bare.len() + usize::from(dot);
    let behind = &raw[length..];
    tokens.push(Token {
        word: bare.to_lowercase(),
        stops: !behind.is_empty(),
        bang: behind == "!",
        dot,
        ..plain(start, start + length, false)
    });
}

/// `27.1`, to which a dot at its end belongs.
fn is_day_and_month(word: &str) -> bool {
    let short = |part: &str| matches!(part.len(), 1 | 2) && part.bytes().all(|byte| byte.is_ascii_digit());
    word.split_once('.').is_some_and(|(day, month)| short(day) && short(month))
}

/// Length of what stands before the word proper: `due:`, the `!` of a reminder, the `@` of a time.
fn head_length(raw: &str) -> usize {
    let attribute = |name: &&&str| raw.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name));
    if let Some(name) = ATTRIBUTES.iter().find(attribute) {
        return name.len();
    }
    let second = raw.chars().nth(1);
    match raw.as_bytes().first() {
        Some(b'!') if second.is_some_and(char::is_alphanumeric) && !super::marks::is_priority(raw) => 1,
        Some(b'@') if second.is_some_and(|c| c.is_ascii_digit()) => 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        cut(text).into_iter().map(|token| token.word).collect()
    }

    #[test]
    fn given_text_when_cut_then_words_without_punctuation() {
        assert_eq!(words("Call  Bob, (tomorrow) at 5 p.m.!"), ["call", "bob", "tomorrow", "at", "5", "p.m"]);
        assert_eq!(words("mon,wed&fri"), ["mon", "wed", "&", "fri"]);
        assert_eq!(words("Fri @7pm !30 min !high"), ["fri", "@", "7pm", "!", "30", "min", "!high"]);
        assert_eq!(words("due:eom Recur:weekly note:x"), ["due:", "eom", "recur:", "weekly", "note:x"]);
        assert_eq!(words(" \t "), [""; 0]);
    }

    #[test]
    fn given_quotes_backslashes_and_addresses_when_cut_then_words_without_meaning() {
        assert_eq!(words("see \"next friday\" now"), ["see", "", "now"]);
        assert_eq!(words("\\#no \\tomorrow"), ["", ""]);
        assert_eq!(words("a@b.example https://b.example/2026-12-01,x"), ["", ""]);
        assert_eq!(words("6\" pipe"), ["6\"", "pipe"]);
    }

    #[test]
    fn given_punctuation_when_cut_then_the_word_before_it_stops() {
        let stops: Vec<bool> = cut("a b. c, d (e) f").iter().map(|token| token.stops).collect();
        assert_eq!(stops, [false, true, true, true, true, false]);
        assert!(cut("every! day")[0].bang);
    }
}
