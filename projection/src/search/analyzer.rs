//! How text becomes terms, for documents and queries alike.
//!
//! Case and accents are folded. An identifier is found whole and by its parts: `foo_bar` gives `foo_bar`, `foo`, `bar`;
//! `http2` gives `http2`, `http`, `2`; `useTaskUpdates` gives the whole and `use`, `task`, `updates`. Parts stand at
//! consecutive positions, the whole at the position of its first part, so a phrase of parts finds other spellings
//! (`HTTP/2`, `http 2`). Scripts written without spaces give one term a character; a query asks for them as a phrase.
//! There is no stemming: forms of a word are looked for when it is asked for (`asked::forms`), so that names and identifiers stay
//! what they are.

use domain::text::fold;
use unicode_normalization::char::is_combining_mark;

mod tokenizer;
pub(super) use tokenizer::TasklogTokenizer;

/// Name under which the index knows this analyzer. A change of what it emits needs a new `schema::VERSION`.
pub(super) const NAME: &str = "tasklog";

/// Longer terms are cut (single words) or left out (wholes of identifiers, whose parts remain).
const TERM_MAX_CHARS: usize = 64;
/// A word with more letter/digit changes than this is a hash or a key: its parts mean nothing.
const PARTS_MAX: usize = 4;

/// A stretch of text that a person would call one word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unit {
    /// Terms that stand for all of the unit: the folded text, and for `e-mail` and `don't` also the joined spelling.
    pub(super) wholes: Vec<Piece>,
    /// Its parts in order, at positions `position`, `position + 1`, …; empty when the whole is the only part.
    pub(super) parts: Vec<Piece>,
    /// Words within it that have parts themselves, each with the number of its first part: `useTask` in `useTask.ts`. Terms
    /// of a document; for a query they say less than the unit does.
    pub(super) inner: Vec<(Piece, usize)>,
    /// Position of the first part, counted in parts over the text.
    pub(super) position: usize,
    /// Written without spaces (Han, kana, Hangul, Thai, …) or a symbol: a typo or prefix has no meaning here.
    pub(super) ideographic: bool,
}

/// One term and the bytes of the text it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    /// Folded text.
    pub(super) term: String,
    /// First byte in the text.
    pub(super) from: usize,
    /// One past the last byte in the text.
    pub(super) to: usize,
}

impl Unit {
    /// How many positions the unit takes.
    pub(super) fn width(&self) -> usize {
        self.parts.len().max(1)
    }

    /// Its terms with their positions, in order.
    fn terms(self, mut emit: impl FnMut(Piece, usize)) {
        let position = self.position;
        for whole in self.wholes {
            emit(whole, position);
        }
        let mut inner = self.inner.into_iter().peekable();
        for (nth, part) in self.parts.into_iter().enumerate() {
            while let Some((word, _)) = inner.next_if(|(_, first)| *first == nth) {
                emit(word, position + nth);
            }
            emit(part, position + nth);
        }
    }
}

/// What [`cut`] finds.
enum Cut {
    /// A [plain](is_plain) word. Most are, and its one term is the word itself: whoever wants no more is spared a unit of it.
    Plain { from: usize, to: usize, position: usize },
    /// Anything else.
    Unit(Unit),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Letter,
    Ideograph,
    Mark,
    Connector,
    Break,
}

fn class(c: char) -> Class {
    if c.is_ascii() {
        return match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' => Class::Letter,
            '.' | '_' | '-' | '/' | ':' | '@' | '+' | '&' | '\'' => Class::Connector,
            _ => Class::Break,
        };
    }
    if c == '\u{2019}' || c == '\u{2010}' || c == '\u{2011}' {
        Class::Connector
    } else if is_combining_mark(c) || matches!(c, '\u{200c}' | '\u{200d}' | '\u{ad}') {
        Class::Mark
    } else if is_ideograph(c) {
        Class::Ideograph
    } else if c.is_alphanumeric() {
        Class::Letter
    } else {
        Class::Break
    }
}

/// Scripts without spaces between words, and symbols that people put in titles.
pub(super) fn is_ideograph(c: char) -> bool {
    matches!(u32::from(c),
        0x0e00..=0x0eff // Thai, Lao
        | 0x1000..=0x109f // Myanmar
        | 0x1100..=0x11ff // Hangul jamo
        | 0x1780..=0x17ff // Khmer
        | 0x2190..=0x21ff // arrows
        | 0x2600..=0x27bf // symbols, dingbats
        | 0x2e80..=0x2fdf // radicals
        | 0x3005..=0x3007
        | 0x3040..=0x312f // kana, bopomofo
        | 0x3130..=0x318f // Hangul compatibility jamo
        | 0x31a0..=0x31bf | 0x31f0..=0x31ff
        | 0x3400..=0x4dbf | 0x4e00..=0x9fff // Han
        | 0xa960..=0xa97f | 0xac00..=0xd7ff // Hangul
        | 0xf900..=0xfaff // compatibility ideographs
        | 0xff66..=0xffdc // half-width kana and Hangul
        | 0x1f000..=0x1faff // pictographs
        | 0x20000..=0x3ffff) // Han, supplementary planes
}

/// Cuts `text` into units and hands each to `emit`, in order.
pub(super) fn units(text: &str, mut emit: impl FnMut(Unit)) {
    cut(text, |cut| match cut {
        Cut::Plain { from, to, position } => emit(single(text, from, to, position)),
        Cut::Unit(unit) => emit(unit),
    });
}

/// How many units `text` has.
pub(super) fn count(text: &str) -> u64 {
    let mut units = 0;
    cut(text, |_| units += 1);
    units
}

/// Every term of `text` with its position, in order: what the index holds for it.
pub(super) fn terms(text: &str, mut emit: impl FnMut(Piece, usize)) {
    units(text, |unit| unit.terms(&mut emit));
}

fn cut(text: &str, mut emit: impl FnMut(Cut)) {
    let mut cutter = Cutter { text, position: 0, chunks: Vec::new(), run: Vec::new(), pending: None };
    for (at, c) in text.char_indices() {
        cutter.step(at, c, &mut emit);
    }
    cutter.end_word(&mut emit);
    cutter.end_run(&mut emit);
}

struct Cutter<'a> {
    text: &'a str,
    position: usize,
    /// Letter runs of the current word, joined by connectors.
    chunks: Vec<(usize, usize)>,
    /// Characters of the current ideographic run.
    run: Vec<(usize, usize)>,
    /// Connector seen after the last chunk: where it began and how many bytes.
    pending: Option<(usize, usize)>,
}

impl Cutter<'_> {
    fn step(&mut self, at: usize, c: char, emit: &mut impl FnMut(Cut)) {
        let to = at + c.len_utf8();
        match class(c) {
            Class::Letter => {
                self.end_run(emit);
                match (self.chunks.last_mut(), self.pending.take()) {
                    (Some(last), None) => last.1 = to,
                    _ => self.chunks.push((at, to)),
                }
            }
            Class::Ideograph => {
                self.end_word(emit);
                self.run.push((at, to));
            }
            Class::Mark => {
                if let Some(last) = self.run.last_mut() {
                    last.1 = to;
                } else if let (Some(last), None) = (self.chunks.last_mut(), self.pending) {
                    last.1 = to;
                }
            }
            Class::Connector => {
                self.end_run(emit);
                match self.pending {
                    None if !self.chunks.is_empty() => self.pending = Some((at, to)),
                    // `::` joins too; any other pair of connectors ends the word
                    Some((from, _)) if c == ':' && &self.text[from..at] == ":" => self.pending = Some((from, to)),
                    _ => self.end_word(emit),
                }
            }
            Class::Break => {
                self.end_sharp(c, to);
                self.end_word(emit);
                self.end_run(emit);
            }
        }
    }

    /// `c#`, `f#`: the sharp belongs to a one-letter name.
    fn end_sharp(&mut self, c: char, to: usize) {
        if c == '#' && self.pending.is_none() && self.chunks.len() == 1 {
            let (from, end) = self.chunks[0];
            if end - from == 1 && self.text.as_bytes()[from].is_ascii_alphabetic() {
                self.chunks[0].1 = to;
            }
        }
    }

    fn end_run(&mut self, emit: &mut impl FnMut(Cut)) {
        if self.run.is_empty() {
            return;
        }
        let pieces: Vec<Piece> = self.run.drain(..).filter_map(|(from, to)| piece(self.text, from, to)).collect();
        let (wholes, parts) = if pieces.len() == 1 { (pieces, Vec::new()) } else { (Vec::new(), pieces) };
        self.emit(Unit { wholes, parts, inner: Vec::new(), position: self.position, ideographic: true }, emit);
    }

    fn end_word(&mut self, emit: &mut impl FnMut(Cut)) {
        self.pending = None;
        if self.chunks.is_empty() {
            return;
        }
        let chunks = std::mem::take(&mut self.chunks);
        match *chunks {
            [(from, to)] if is_plain(&self.text.as_bytes()[from..to]) => {
                emit(Cut::Plain { from, to, position: self.position });
                self.position += 1;
            }
            _ => self.emit(word(self.text, &chunks, self.position), emit),
        }
        self.chunks = chunks;
        self.chunks.clear();
    }

    fn emit(&mut self, unit: Unit, emit: &mut impl FnMut(Cut)) {
        if unit.wholes.is_empty() && unit.parts.is_empty() {
            return;
        }
        self.position += unit.width();
        emit(Cut::Unit(unit));
    }
}

/// The unit of one word without parts.
fn single(text: &str, from: usize, to: usize, position: usize) -> Unit {
    let wholes = piece(text, from, to).into_iter().collect();
    Unit { wholes, parts: Vec::new(), inner: Vec::new(), position, ideographic: false }
}

/// The unit of one word made of `chunks`.
fn word(text: &str, chunks: &[(usize, usize)], position: usize) -> Unit {
    let mut spans = Vec::with_capacity(chunks.len());
    let mut inner = Vec::new();
    for &(from, to) in chunks {
        let before = spans.len();
        split_chunk(text, from, to, &mut spans);
        if chunks.len() > 1 && spans.len() - before > 1 {
            inner.extend(whole(text, from, to).map(|piece| (piece, before)));
        }
    }
    if spans.len() == 1 {
        let (from, to) = spans[0];
        let wholes = piece(text, from, to).into_iter().collect();
        return Unit { wholes, parts: Vec::new(), inner, position, ideographic: false };
    }
    let (from, to) = (chunks[0].0, chunks[chunks.len() - 1].1);
    let mut wholes: Vec<Piece> = whole(text, from, to).into_iter().collect();
    if let [left, right] = chunks
        && matches!(&text[left.1..right.0], "-" | "'" | "\u{2019}" | "\u{2010}" | "\u{2011}")
    {
        let joined = format!("{}{}", folded(&text[left.0..left.1]), folded(&text[right.0..right.1]));
        if joined.chars().count() <= TERM_MAX_CHARS {
            wholes.push(Piece { term: joined, from, to });
        }
    }
    let parts: Vec<Piece> = spans.iter().filter_map(|&(from, to)| piece(text, from, to)).collect();
    Unit { wholes, parts, inner, position, ideographic: false }
}

/// Most words: small letters, of which the first may be a capital. Nothing in them is [split](split_chunk).
fn is_plain(chunk: &[u8]) -> bool {
    let [first, rest @ ..] = chunk else { return false };
    first.is_ascii_alphabetic() && rest.iter().all(u8::is_ascii_lowercase)
}

/// Splits a chunk where lower case meets upper case, and where letters meet digits.
fn split_chunk(text: &str, from: usize, to: usize, spans: &mut Vec<(usize, usize)>) {
    let first = spans.len();
    let mut start = from;
    let mut before: Option<char> = None;
    let mut chars = text[from..to].char_indices().filter(|(_, c)| class(*c) != Class::Mark).peekable();
    while let Some((at, c)) = chars.next() {
        let at = from + at;
        if let Some(left) = before {
            let next_is_lower = chars.peek().is_some_and(|(_, next)| next.is_lowercase());
            let camel = c.is_uppercase() && (left.is_lowercase() || (left.is_uppercase() && next_is_lower));
            let digits = c.is_numeric() != left.is_numeric() && c != '#';
            if camel || digits {
                spans.push((start, at));
                start = at;
            }
        }
        before = Some(c);
    }
    spans.push((start, to));
    if spans.len() - first > PARTS_MAX {
        spans.truncate(first);
        spans.push((from, to));
    }
}

fn folded(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { fold(text).replace(['\u{200c}', '\u{200d}', '\u{ad}'], "") }
}

/// The term of a part; a very long one is cut, on both sides alike.
fn piece(text: &str, from: usize, to: usize) -> Option<Piece> {
    let mut term = folded(&text[from..to]);
    if term.len() > TERM_MAX_CHARS
        && let Some((cut, _)) = term.char_indices().nth(TERM_MAX_CHARS)
    {
        term.truncate(cut);
    }
    (!term.is_empty()).then_some(Piece { term, from, to })
}

/// The term of a whole identifier, with typographic connectors made plain; none where it is too long.
fn whole(text: &str, from: usize, to: usize) -> Option<Piece> {
    let mut term = folded(&text[from..to]);
    if !term.is_ascii() {
        term = term.replace('\u{2019}', "'").replace(['\u{2010}', '\u{2011}'], "-");
    }
    (!term.is_empty() && term.chars().count() <= TERM_MAX_CHARS).then_some(Piece { term, from, to })
}

#[cfg(test)]
mod tests;
