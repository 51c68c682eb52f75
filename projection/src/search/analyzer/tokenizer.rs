//! The analyzer as Tantivy wants it.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

use super::terms;

/// Gives the terms of a text.
#[derive(Clone, Default)]
pub(in crate::search) struct TasklogTokenizer {
    tokens: Vec<Token>,
}

/// Tokens of one text.
pub(in crate::search) struct TasklogTokens<'a> {
    tokens: &'a mut Vec<Token>,
    next: usize,
}

impl Tokenizer for TasklogTokenizer {
    type TokenStream<'a> = TasklogTokens<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> TasklogTokens<'a> {
        self.tokens.clear();
        terms(text, |piece, position| {
            self.tokens.push(Token {
                offset_from: piece.from,
                offset_to: piece.to,
                position,
                text: piece.term,
                position_length: 1,
            });
        });
        TasklogTokens { tokens: &mut self.tokens, next: 0 }
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
