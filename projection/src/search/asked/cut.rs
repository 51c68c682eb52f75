//! Cuts `q` at white space, quotes, a leading `-` and the names of fields.

/// A piece of `q`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    /// A `-` stands before it.
    pub(super) excluded: bool,
    /// What it is.
    pub(super) kind: PieceKind<'a>,
}

/// What a piece of `q` is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PieceKind<'a> {
    /// Words as they come.
    Text(&'a str),
    /// Words in quotes.
    Quoted(&'a str),
    /// `name:value`.
    Field {
        /// The field.
        name: FieldName,
        /// What must stand in it, without quotes; never empty.
        value: &'a str,
    },
}

/// The fields that `q` knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FieldName {
    /// `tag:`
    Tag,
    /// `status:`
    Status,
    /// `priority:`
    Priority,
    /// `due:`
    Due,
}

impl FieldName {
    const ALL: [(&'static str, Self); 4] =
        [("tag", Self::Tag), ("status", Self::Status), ("priority", Self::Priority), ("due", Self::Due)];

    /// The field that `text` begins with, and what stands behind the colon.
    fn before(text: &str) -> Option<(Self, &str)> {
        let (name, rest) = text.split_once(':')?;
        let (_, field) = Self::ALL.into_iter().find(|(known, _)| name.eq_ignore_ascii_case(known))?;
        Some((field, rest))
    }
}

/// The pieces of `q`, in order. Every text is one way or another: quotes left open reach to the end, and what only looks
/// like a sign (`--flag`, a lone `-`, `tag: ` with nothing behind it) is text.
pub(super) fn pieces(q: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = q.trim_start();
    while !rest.is_empty() {
        let inner = rest.strip_prefix('-').filter(|inner| inner.starts_with(|c: char| c != '-' && !c.is_whitespace()));
        let (kind, behind) = piece(inner.unwrap_or(rest));
        pieces.push(Piece { excluded: inner.is_some(), kind });
        rest = behind.trim_start();
    }
    pieces
}

/// The piece that `text` begins with, and what stands behind it.
fn piece(text: &str) -> (PieceKind<'_>, &str) {
    if let Some((quoted, behind)) = quoted(text) {
        return (PieceKind::Quoted(quoted), behind);
    }
    let (word, behind) = text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()));
    let Some((name, value)) = FieldName::before(word) else { return (PieceKind::Text(word), behind) };
    // A value in quotes may hold white space, so it is looked for in all of the text.
    let (value, behind) = quoted(&text[word.len() - value.len()..]).unwrap_or((value, behind));
    match value.trim() {
        "" => (PieceKind::Text(word), &text[word.len()..]),
        value => (PieceKind::Field { name, value }, behind),
    }
}

/// What stands in the quotes that `text` begins with, and what stands behind them.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix(['"', '\u{201c}', '\u{201d}', '\u{201e}'])?;
    Some(inner.split_once(['"', '\u{201c}', '\u{201d}']).unwrap_or((inner, "")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(text: &str) -> Piece<'_> {
        Piece { excluded: false, kind: PieceKind::Text(text) }
    }

    fn field(name: FieldName, value: &str) -> Piece<'_> {
        Piece { excluded: false, kind: PieceKind::Field { name, value } }
    }

    fn not(piece: Piece<'_>) -> Piece<'_> {
        Piece { excluded: true, ..piece }
    }

    #[test]
    fn given_each_sign_then_its_piece() {
        let quoted = |text| Piece { excluded: false, kind: PieceKind::Quoted(text) };
        assert_eq!(pieces("  two words "), [text("two"), text("words")]);
        assert_eq!(
            pieces("-no \"as it is\" -\"not this\""),
            [not(text("no")), quoted("as it is"), not(quoted("not this"))]
        );
        assert_eq!(pieces("\u{201e}gut so\u{201c} x"), [quoted("gut so"), text("x")]);
        assert_eq!(
            pieces("TAG:home -status:done"),
            [field(FieldName::Tag, "home"), not(field(FieldName::Status, "done"))]
        );
        assert_eq!(
            pieces("tag:\"two words\" due:<2026-01-01"),
            [field(FieldName::Tag, "two words"), field(FieldName::Due, "<2026-01-01")]
        );
    }

    #[test]
    fn given_what_only_looks_like_a_sign_then_text() {
        assert_eq!(pieces("--no-verify - x-y"), [text("--no-verify"), text("-"), text("x-y")]);
        assert_eq!(pieces("status: broken"), [text("status:"), text("broken")]);
        assert_eq!(pieces("std::vec http://x tags:a"), [text("std::vec"), text("http://x"), text("tags:a")]);
        assert_eq!(pieces("\"left open"), [Piece { excluded: false, kind: PieceKind::Quoted("left open") }]);
        assert_eq!(pieces("tag:\"\" x"), [text("tag:\"\""), text("x")]);
    }

    proptest! {
        #[test]
        fn given_any_text_then_every_letter_of_it_stands_in_a_piece(q in "[a-c\"\\- :tag]{0,40}") {
            let letters = |text: &str| text.chars().filter(|c| matches!(c, 'a'..='c')).count();
            let found: usize = pieces(&q).iter().map(|piece| match &piece.kind {
                PieceKind::Text(text) | PieceKind::Quoted(text) => letters(text),
                PieceKind::Field { value, .. } => letters(value) + letters("tag"),
            }).sum();
            prop_assert_eq!(found, letters(&q));
        }
    }
}
