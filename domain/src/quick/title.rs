//! What is left of a line as the title.

use super::tokens::Token;

/// The line without the `taken` byte ranges and without the backslashes of escapes, its white space tidied.
pub(super) fn title(text: &str, tokens: &[Token], taken: &[(usize, usize)]) -> String {
    let mut backslashes = tokens.iter().filter(|token| token.escaped).map(|token| token.start).peekable();
    let mut title = String::new();
    let mut from = 0;
    for (start, end) in taken.iter().copied().chain([(text.len(), text.len())]) {
        let mut kept = String::new();
        while let Some(backslash) = backslashes.next_if(|backslash| *backslash < start) {
            kept.push_str(text.get(from..backslash).unwrap_or_default());
            from = backslash + 1;
        }
        kept.push_str(text.get(from..start).unwrap_or_default());
        join(&mut title, &tidy(&kept));
        from = end;
    }
    let is_bare = |text: Option<&str>| text.is_some_and(|text| text.trim_matches(LOOSE).is_empty());
    if taken.first().is_some_and(|(start, _)| is_bare(text.get(..*start))) {
        title = title.trim_start_matches(LOOSE).to_owned();
    }
    if taken.last().is_some_and(|(_, end)| is_bare(text.get(*end..))) {
        title.truncate(title.trim_end_matches(LOOSE).len());
    }
    title
}

/// What means nothing at an end from which something was taken out.
const LOOSE: &[char] = &[' ', ',', ';', ':', '-', '–', '—'];

/// Any white space as one space, none around.
pub(super) fn tidy(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Puts two parts together between which something was taken out, so that no bracket or comma is left alone.
fn join(title: &mut String, part: &str) {
    let mut part = part;
    for (opening, closing) in [('(', ')'), ('[', ']')] {
        if title.ends_with(opening) && part.starts_with(closing) {
            title.pop();
            title.truncate(title.trim_end().len());
            part = part[1..].trim_start();
        }
    }
    if part.is_empty() {
        return;
    }
    let is_close = part.starts_with([',', ';', '.', ':', '!', '?', '…', ')', ']']);
    let is_open = title.is_empty() || title.ends_with(['(', '[']);
    if is_close && title.is_empty() {
        part = part.trim_start_matches([',', ';', '.', ':', '!', '?', '…']).trim_start();
    } else if is_close && title.ends_with([',', ';']) {
        title.pop();
    }
    if !is_close && !is_open {
        title.push(' ');
    }
    title.push_str(part);
}

#[cfg(test)]
mod tests {
    use super::super::tokens::cut;
    use super::*;

    fn without(text: &str, taken: &[&str]) -> String {
        let ranges: Vec<(usize, usize)> =
            taken.iter().map(|part| text.find(part).map(|start| (start, start + part.len())).unwrap()).collect();
        title(text, &cut(text), &ranges)
    }

    #[test]
    fn given_a_line_when_parts_are_taken_out_then_what_is_left_reads_well() {
        assert_eq!(without("call Bob tomorrow about  rent", &["tomorrow"]), "call Bob about rent");
        assert_eq!(without("call Bob tomorrow, please", &["tomorrow"]), "call Bob, please");
        assert_eq!(without("call Bob (tomorrow) now", &["tomorrow"]), "call Bob now");
        assert_eq!(without("Tomorrow: call Bob", &["Tomorrow"]), "call Bob");
        assert_eq!(without("call Bob, tomorrow, today", &["tomorrow", "today"]), "call Bob");
        assert_eq!(without("call Bob tomorrow!", &["tomorrow"]), "call Bob!");
        assert_eq!(without("deadline: friday", &["friday"]), "deadline");
        assert_eq!(without("gym — friday -", &["friday"]), "gym");
        assert_eq!(without("- gym: friday at Bob's -", &["friday"]), "- gym: at Bob's -");
        assert_eq!(without("say \\#hello \\\\there", &[]), "say #hello \\\\there");
    }
}
