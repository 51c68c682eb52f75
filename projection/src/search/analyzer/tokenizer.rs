//! The analyzer as Tantivy wants it.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

use super::{Cut, TERM_MAX_CHARS, cut};

/// Tokens that are kept from one text for the next; a longer one makes more.
const KEPT: usize = 256;

/// Gives the terms of a text, as [`super::terms`] does.
#[derive(Clone, Default)]
pub(in crate::search) struct TasklogTokenizer {
    /// The first `filled` are the text's. The others were those of longer texts: the next ones are written in their place.
    tokens: Vec<Token>,
    filled: usize,
}

impl TasklogTokenizer {
    fn add(&mut self, term: &str, (from, to): (usize, usize), position: usize) {
        if self.filled == self.tokens.len() {
            self.tokens.push(Token::default());
        }
        let token = &mut self.tokens[self.filled];
        self.filled += 1;
        token.text.clear();
        token.text.push_str(term);
        (token.offset_from, token.offset_to, token.position) = (from, to, position);
    }

    /// A word of letters from a to z.
    fn add_plain(&mut self, word: &str, from: usize, position: usize) {
        self.add(&word[..word.len().min(TERM_MAX_CHARS)], (from, from + word.len()), position);
        self.tokens[self.filled - 1].text.make_ascii_lowercase();
    }
}

/// Tokens of one text.
pub(in crate::search) struct TasklogTokens<'a> {
    tokens: &'a mut [Token],
    next: usize,
}

impl Tokenizer for TasklogTokenizer {
    type TokenStream<'a> = TasklogTokens<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> TasklogTokens<'a> {
        self.tokens.truncate(KEPT);
        self.filled = 0;
        cut(text, |cut| match cut {
            Cut::Plain { from, to, position } => self.add_plain(&text[from..to], from, position),
            Cut::Unit(unit) => {
                unit.terms(|piece, position| self.add(&piece.term, (piece.from, piece.to), position));
            }
        });
        TasklogTokens { tokens: &mut self.tokens[..self.filled], next: 0 }
    }
}

impl TokenStream for TasklogTokens<'_> {
    fn advance(&mut self) -> bool {
        self.next += 1;
        self.next <= self.tokens.len()
    }

    fn token(&self) -> &Token {
        &self.tokens[self.next - 1]
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.tokens[self.next - 1]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::search::analyzer::terms;

    proptest! {
        #[test]
        fn given_texts_one_after_the_other_when_tokenized_then_their_terms_are_the_tokens(
            // Plain words, which are cut where they are very long, words with parts, and anything.
            texts in prop::collection::vec(
                "[A-C]?[a-c]{0,140}|[a-cA-C]{0,70}|[a-zA-Z0-9_.:#' \u{e9}\u{301}\u{2019}\u{6771}-]{0,60}",
                1..6,
            )
        ) {
            let mut tokenizer = TasklogTokenizer::default();
            for text in texts.iter().chain([&"a ".repeat(2 * KEPT), &"b C".to_owned()]) {
                let mut wanted = Vec::new();
                terms(text, |piece, position| wanted.push((piece.term, piece.from, piece.to, position, 1_usize)));
                let (mut given, mut tokens) = (Vec::new(), tokenizer.token_stream(text));
                while tokens.advance() {
                    let Token { text, offset_from, offset_to, position, position_length } = tokens.token().clone();
                    given.push((text, offset_from, offset_to, position, position_length));
                }
                prop_assert_eq!(given, wanted);
            }
        }
    }
}
