//! Marks in a text what the query found there. Everything but the marks is escaped, so the answer is safe as HTML.

use super::analyzer::{self, Piece};
use super::asked::{Tier, Word};

const OPEN: &str = "<mark>";
const CLOSE: &str = "</mark>";
/// A snippet of a description is about this long, in bytes of the description.
const SNIPPET_BYTES: usize = 240;
/// Of which this much stands before the first mark.
const LEAD_BYTES: usize = 60;
/// Matches usually stand near the beginning; only if not, the rest of a long text is read.
const FIRST_LOOK_BYTES: usize = 8 * 1024;

/// The whole title with its marks; `None` where no word stands in it.
pub(super) fn title(text: &str, words: &[Word]) -> Option<String> {
    let spans = spans(text, words);
    (!spans.is_empty()).then(|| marked(text, 0, text.len(), &spans))
}

/// The part of the description that holds most of the words, with its marks; `None` where no word stands in it.
pub(super) fn description(text: &str, words: &[Word]) -> Option<String> {
    let look = &text[..text.floor_char_boundary(FIRST_LOOK_BYTES)];
    let mut spans = self::spans(look, words);
    if spans.is_empty() && look.len() < text.len() {
        spans = self::spans(text, words);
    }
    let (from, to) = window(text, &spans)?;
    Some(marked(text, from, to, &spans))
}

/// Bytes to mark, in order, apart from each other.
fn spans(text: &str, words: &[Word]) -> Vec<(usize, usize)> {
    let mut terms = Vec::new();
    analyzer::terms(text, |piece, position| terms.push((piece, position)));
    let mut spans = Vec::new();
    for word in words {
        let first = spans.len();
        let tiers: Vec<Option<Tier>> = terms.iter().map(|(piece, _)| word.tier(&piece.term)).collect();
        let phrases = phrases(&terms, &word.parts);
        // where the word itself stands, what is only similar to it is not meant
        let sure = !phrases.is_empty() || tiers.iter().flatten().any(|tier| *tier <= Tier::Prefix);
        for ((piece, _), tier) in terms.iter().zip(&tiers) {
            if tier.is_some_and(|tier| !sure || tier <= Tier::Prefix) {
                spans.push((piece.from, piece.to));
            }
        }
        spans.extend(phrases);
        debug_assert!(spans[first..].iter().all(|(from, to)| from < to));
    }
    spans.sort_unstable();
    spans.dedup_by(|next, kept| {
        let overlap = next.0 < kept.1;
        if overlap {
            kept.1 = kept.1.max(next.1);
        }
        overlap
    });
    spans
}

/// Where `parts` stand one after the other.
fn phrases(terms: &[(Piece, usize)], parts: &[String]) -> Vec<(usize, usize)> {
    let Some((first, rest)) = parts.split_first() else { return Vec::new() };
    let starts = terms.iter().enumerate().filter(|(_, (piece, _))| piece.term == *first);
    starts
        .filter_map(|(at, (piece, position))| {
            let mut to = piece.to;
            let mut behind = terms[at..].iter();
            for (nth, part) in (1..).zip(rest) {
                let (found, _) = behind
                    .by_ref()
                    .take_while(|(_, at)| *at <= position + nth)
                    .find(|(piece, at)| *at == position + nth && piece.term == *part)?;
                to = found.to;
            }
            Some((piece.from, to))
        })
        .collect()
}

/// The stretch of text that holds most marks; the first of those.
fn window(text: &str, spans: &[(usize, usize)]) -> Option<(usize, usize)> {
    if text.len() <= SNIPPET_BYTES {
        return spans.first().map(|_| (0, text.len()));
    }
    let reach = SNIPPET_BYTES - LEAD_BYTES;
    let count = |at: usize| spans[at..].iter().take_while(|(_, to)| *to <= spans[at].0 + reach).count();
    let best = (0..spans.len()).max_by_key(|at| (count(*at), std::cmp::Reverse(*at)))?;
    let (first, end) = spans[best];
    let from = word_start(text, first.saturating_sub(LEAD_BYTES), first);
    let to = word_end(text, from + SNIPPET_BYTES, end);
    Some((from, to))
}

/// The first beginning of a word from `at` on, before `first`.
fn word_start(text: &str, at: usize, first: usize) -> usize {
    let at = text.floor_char_boundary(at);
    if at == 0 {
        return 0;
    }
    text[at..first].find(char::is_whitespace).map_or(at, |space| {
        text[at + space..first].find(|c: char| !c.is_whitespace()).map_or(first, |word| at + space + word)
    })
}

/// The last end of a word up to `at`, behind `end`.
fn word_end(text: &str, at: usize, end: usize) -> usize {
    let at = text.floor_char_boundary(at.max(end));
    if at == text.len() {
        return at;
    }
    let end = end.min(at);
    text[end..at].rfind(char::is_whitespace).map_or(at, |space| end + space)
}

fn marked(text: &str, from: usize, to: usize, spans: &[(usize, usize)]) -> String {
    let mut out = String::with_capacity(to - from + 64);
    if from > 0 {
        out.push('…');
    }
    let mut at = from;
    for &(start, end) in spans.iter().filter(|(start, end)| *start >= from && *end <= to) {
        escape(&mut out, &text[at..start]);
        out.push_str(OPEN);
        escape(&mut out, &text[start..end]);
        out.push_str(CLOSE);
        at = end;
    }
    escape(&mut out, &text[at..to]);
    if to < text.len() {
        out.push('…');
    }
    out
}

fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::search::asked::parse;

    fn mark(q: &str, text: &str) -> Option<String> {
        title(text, &parse(q).unwrap().words)
    }

    #[test]
    fn given_words_prefixes_and_typos_then_all_are_marked() {
        assert_eq!(mark("kafka up", "Upgrade Kafka").as_deref(), Some("<mark>Upgrade</mark> <mark>Kafka</mark>"));
        assert_eq!(mark("kafak x", "Kafka").as_deref(), Some("<mark>Kafka</mark>"));
        assert_eq!(mark("cafe", "Le Café").as_deref(), Some("Le <mark>Café</mark>"));
        assert_eq!(mark("nothing", "Kafka"), None);
    }

    #[test]
    fn given_the_word_itself_then_a_similar_one_is_not_marked() {
        assert_eq!(
            mark("shell x", "shell on a shelf x").as_deref(),
            Some("<mark>shell</mark> on a shelf <mark>x</mark>")
        );
    }

    #[test]
    fn given_identifiers_and_ideographs_then_the_parts_asked_for_are_marked() {
        assert_eq!(mark("bar", "see foo_bar").as_deref(), Some("see foo_<mark>bar</mark>"));
        assert_eq!(mark("foo_bar", "a Foo bar").as_deref(), Some("a <mark>Foo bar</mark>"));
        assert_eq!(mark("東京", "東大と東京").as_deref(), Some("東大と<mark>東京</mark>"));
    }

    #[test]
    fn given_html_then_everything_but_the_marks_is_escaped() {
        let marked = mark("script", "<script>alert('x' & \"y\")</script>").unwrap();
        assert_eq!(
            marked,
            "&lt;<mark>script</mark>&gt;alert(&#39;x&#39; &amp; &quot;y&quot;)&lt;/<mark>script</mark>&gt;"
        );
    }

    #[test]
    fn given_a_long_description_then_a_snippet_around_the_most_marks() {
        let text = format!("kafka {} kafka broker {}", "filler words ".repeat(60), "the end ".repeat(60));
        let snippet = description(&text, &parse("kafka broker").unwrap().words).unwrap();
        assert!(snippet.starts_with('…') && snippet.ends_with('…'), "{snippet}");
        assert!(snippet.contains("<mark>kafka</mark> <mark>broker</mark>"), "{snippet}");
        assert!(snippet.len() < SNIPPET_BYTES + 60);
        let far = format!("{}needle", "hay ".repeat(10_000));
        assert!(description(&far, &parse("needle").unwrap().words).unwrap().ends_with("<mark>needle</mark>"));
    }

    proptest! {
        #[test]
        fn given_any_text_then_the_marks_taken_away_it_is_the_text_escaped(text in "\\PC{0,80}", q in "\\PC{1,8}") {
            if let Ok(asked) = parse(&q) {
                let mut plain = String::new();
                escape(&mut plain, &text);
                if let Some(marked) = title(&text, &asked.words) {
                    prop_assert_eq!(marked.replace(OPEN, "").replace(CLOSE, ""), plain);
                }
            }
        }

        #[test]
        fn given_any_long_text_then_a_snippet_is_cut_without_panic(words in proptest::collection::vec("[a-cé東 ]{0,30}", 0..80)) {
            let text = words.join(" ");
            for q in ["a", "abc", "東a", "é"] {
                if let Some(snippet) = description(&text, &parse(q).unwrap().words) {
                    prop_assert!(snippet.contains(OPEN));
                }
            }
        }
    }
}
